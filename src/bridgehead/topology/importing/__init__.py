"""From what Lync Server exports about itself to the file: nothing is guessed, and what was not understood is said."""

"""Plans for people and programs: one document, written as text, Markdown, HTML or JSON."""

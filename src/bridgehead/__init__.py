"""Bridgehead publishes the web services of Lync Server 2013 and Skype for Business Server to the internet."""

__version__ = "0.1.0"

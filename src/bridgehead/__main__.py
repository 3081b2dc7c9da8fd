"""`python -m bridgehead` is the same as `bridgehead`."""

from bridgehead.cli import main

if __name__ == "__main__":
    main()

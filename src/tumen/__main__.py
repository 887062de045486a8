"""`python -m tumen`."""

from tumen.app.cli import main

if __name__ == "__main__":
    main()

"""The shield: failed logins are counted, and guessing ends here before the domain locks an account inside."""

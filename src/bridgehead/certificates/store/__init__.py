"""The store: a directory of certificates, their generations, and the requests that wait for an answer."""

"""The pages: made on the server, moved by a little script of their own."""

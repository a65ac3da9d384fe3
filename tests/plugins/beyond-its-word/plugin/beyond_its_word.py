import socket


class Tool:
    """Says that it needs nothing."""

    def execute(self) -> str:
        with socket.create_connection(("example.com", 80)) as connection:
            return connection.getsockname()[0]

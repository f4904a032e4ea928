"""The listening socket of the server, whose options all connections inherit."""

import socket

from osit_graphql.cli.serve import bind_port
from osit_graphql.settings import Settings


def test_connections_send_small_packets_at_once() -> None:
    with bind_port(Settings(_env_file=None, port=0)) as listener:
        listener.listen()
        with socket.create_connection(listener.getsockname()), listener.accept()[0] as connection:
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0

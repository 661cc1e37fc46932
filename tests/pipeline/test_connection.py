"""A store that cannot be reached is away and does not refuse: the call is made again, and no frame is given up."""

import socket

import pytest
from botocore import exceptions

from src.pipeline.errors import StorageUnavailable
from src.pipeline.settings import Settings
from src.pipeline.stores import Connection, Queue
from src.pipeline.stores.connection import storage_errors


@pytest.mark.parametrize(
    "error",
    [
        exceptions.EndpointConnectionError(endpoint_url="http://x"),
        exceptions.ConnectTimeoutError(endpoint_url="http://x"),
        exceptions.ReadTimeoutError(endpoint_url="http://x"),
        exceptions.ConnectionClosedError(endpoint_url="http://x"),
        exceptions.ProxyConnectionError(proxy_url="http://x"),
        exceptions.SSLError(endpoint_url="http://x", error="handshake"),
        exceptions.IncompleteReadError(actual_bytes=1, expected_bytes=2),
        ConnectionResetError(),
    ],
)
def test_what_the_network_does_is_tried_again(error: Exception) -> None:
    with pytest.raises(StorageUnavailable, match="Cannot do it"), storage_errors("do it"):
        raise error


def test_nobody_listens_there_for_now() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{probe.getsockname()[1]}"
        connection = Connection(Settings.load({}, embedded=True, endpoint_url=endpoint))
        with pytest.raises(StorageUnavailable, match="Cannot send to frames"):
            Queue(connection, f"{endpoint}/000000000000/frames").send({})

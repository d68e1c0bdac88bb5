"""A web proxy on loopback: passes plain HTTP on, and tunnels what asks to be connected."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


class WebProxy(ThreadingHTTPServer):
    """Remembers what went through it, as "GET http://127.0.0.1:80/v2/account"."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.passed: list[str] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: WebProxy

    def log_message(self, *given: object) -> None:
        return

    def _pass_on(self) -> None:
        self.server.passed.append(f"{self.command} {self.path}")
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        there = http.client.HTTPConnection(parts.hostname or "", parts.port)
        headers = {name: text for name, text in self.headers.items() if name != "Proxy-Connection"}
        query = f"?{parts.query}" if parts.query else ""
        there.request(self.command, parts.path + query, body or None, headers)
        answer = there.getresponse()
        data = answer.read()
        self.send_response_only(answer.status)
        for name, text in answer.getheaders():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(data)
        there.close()

    do_GET = do_POST = do_DELETE = _pass_on  # noqa: N815

    def do_CONNECT(self) -> None:
        self.server.passed.append(f"CONNECT {self.path}")
        host, _, port = self.path.partition(":")
        there = socket.create_connection((host, int(port)))
        self.send_response_only(200)
        self.end_headers()
        back = threading.Thread(target=_copy, args=(there, self.connection), daemon=True)
        back.start()
        _copy(self.connection, there)
        back.join()
        there.close()
        self.close_connection = True


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65_536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


@contextmanager
def web_proxy() -> Iterator[WebProxy]:
    """A proxy that serves while the block runs."""
    proxy = WebProxy()
    thread = threading.Thread(target=proxy.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.shutdown()
        proxy.server_close()

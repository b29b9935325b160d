"""Small servers on loopback that keep whatever they are sent: one for spans, one for webhooks."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from deploy.local.process import LOOPBACK


class Ear:
    """Listens from the moment it is made until it is closed."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        ear = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length", "0"))
                ear.heard.append(f"{self.path}\n{self.headers}\n".encode() + self.rfile.read(length))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                return

        self._server = ThreadingHTTPServer((LOOPBACK, 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://{LOOPBACK}:{self._server.server_address[1]}/"
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.1})
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

"""An HTTP endpoint to try jobs on: it answers every delivery with 204 and prints a line of it.

    python3 sink.py --listen 127.0.0.1:8080
"""

import argparse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Sink(BaseHTTPRequestHandler):
    """Answers GET (a look whether it is there) and POST (a delivery)."""

    def do_GET(self):
        self.send_response(204)
        self.end_headers()

    def do_POST(self):
        self.rfile.read(int(self.headers.get("content-length") or 0))
        told = {
            "run": "webhook-id",
            "job": "bellwether-job",
            "fire_time": "bellwether-fire-time",
            "attempt": "bellwether-attempt",
        }
        print(*(f"{name}={self.headers.get(header)}" for name, header in told.items()), flush=True)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        """The line above says more than the access log would."""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--listen", required=True, help="address and port")
    host, _, port = parser.parse_args().listen.rpartition(":")
    with ThreadingHTTPServer((host, int(port)), Sink) as server:
        print(f"listening on {host}:{server.server_port}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()

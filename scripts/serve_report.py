"""Serve a folder of report pages on this machine only, on port 8000 or the next free one."""

import functools
import http.server
import sys


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the report has no visitors but its reader."""


def main(folder: str) -> None:
    """Serve until stopped. Only 127.0.0.1 is bound, so nobody else can reach it."""
    handler = functools.partial(_Quiet, directory=folder)
    for port in range(8000, 8020):
        try:
            server = http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)
        except OSError:
            continue
        print(f"report: http://127.0.0.1:{port}/   (stop with Ctrl-C)", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            return
    sys.exit("no free port between 8000 and 8019")


main(sys.argv[1])

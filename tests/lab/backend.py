#!/usr/bin/env python3
"""backend.py NAME ADDRESS:PORT... [tls CERTIFICATE KEY ADDRESS:PORT...] : answers every request with 200, its name in the body and in X-Backend.
Runs at most 30 minutes."""
import http.server
import socketserver
import ssl
import sys
import threading


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = ("%s %s\n" % (NAME, self.path)).encode()
        self.send_response(200)
        self.send_header("X-Backend", NAME)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            if self.command != "HEAD":
                self.wfile.write(body)
        except OSError:
            pass  # a health checker may go after the status line

    do_HEAD = do_POST = do_OPTIONS = do_GET

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def server_bind(self):
        """Without the library's question to the DNS for the own name, which nobody answers here."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]


NAME, words = sys.argv[1], sys.argv[2:]
tls = None
while words:
    word = words.pop(0)
    if word == "tls":
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(words.pop(0), words.pop(0))
        continue
    address, _, port = word.rpartition(":")
    server = Server((address, int(port)), Handler)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
threading.Event().wait(1800)

import http.server
import threading
import urllib.request


def test_it():
    server = http.server.HTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}/tests/") as answer:
        assert b"test_it.py" in answer.read()
    server.shutdown()

#!/usr/bin/env python3
"""The tokenserver, which others run: says on which dbnode a user's data are, and signs it. tokenserver.py FOLDER

FOLDER/secret is what it shares with the webheads; FOLDER/users.json has who was given which dbnode; its address is written to FOLDER/address.
/1.0/sync?user=NAME gives a token; /nodes?name=DB2 adds a dbnode, which new users are given until it has as many as the others.
"""
import base64
import hashlib
import hmac
import http.server
import json
import pathlib
import re
import sys
import time
import urllib.parse

folder = pathlib.Path(sys.argv[1])
users = folder / "users.json"
known = json.loads(users.read_text()) if users.exists() else {"nodes": ["DB"], "users": {}}


class Page(http.server.BaseHTTPRequestHandler):
    timeout = 10  # seconds for who says nothing
    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        code, said = 404, "no"
        if url.path == "/1.0/sync" and query.get("user"):
            node = known["users"].setdefault(query["user"], min(known["nodes"], key=list(known["users"].values()).count))
            told = base64.urlsafe_b64encode(json.dumps({"user": query["user"], "node": node, "until": time.time() + 3600}).encode()).decode()
            code, said = 200, told + "." + hmac.new((folder / "secret").read_bytes().strip(), told.encode(), hashlib.sha256).hexdigest()
        elif url.path == "/nodes" and re.fullmatch("[A-Z][A-Z0-9_]*", query.get("name", "")):
            if query["name"] not in known["nodes"]:
                known["nodes"].append(query["name"])
            code, said = 200, " ".join(known["nodes"])
        users.write_text(json.dumps(known))
        body = (said + "\n").encode()
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Page)
(folder / "address.new").write_text(f"http://127.0.0.1:{server.server_port}/\n")
(folder / "address.new").rename(folder / "address")
server.serve_forever()

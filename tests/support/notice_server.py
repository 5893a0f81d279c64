"""A web hook or a mail server on loopback for tests: notice_server.py KIND FOLDER [OPTION=VALUE…]

KIND: http, https, smtp, starttls, smtps. It writes its port to FOLDER/port and what it is told to FOLDER/told, a line of JSON each.
answers=500,200: statuses of the first requests, the last one for all further ones; "hang" answers nothing.
certificate=FILE, key=FILE; user=NAME, password=WORD: whoever does not sign in so is refused.
It ends when its standard input does.
"""
import json, os, ssl, sys, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

kind, folder = sys.argv[1:3]
options = dict(word.split("=", 1) for word in sys.argv[3:])
answers = options.get("answers", "200").split(",")
lock = threading.Lock()


def tell(**what):
    with lock, open(os.path.join(folder, "told"), "a") as told:
        told.write(json.dumps(what) + "\n")


def next_answer():
    with lock:
        return answers.pop(0) if len(answers) > 1 else answers[0]


def tls():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(options["certificate"], options["key"])
    return context


def announce(port):
    path = os.path.join(folder, "port")
    with open(path + ".new", "w") as file:
        file.write(str(port))
    os.rename(path + ".new", path)
    sys.stdin.read()
    os._exit(0)


class Hook(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        answer = next_answer()
        tell(path=self.path, body=body, key=self.headers.get("Idempotency-Key"), type=self.headers.get("Content-Type"), answer=answer)
        if answer == "hang":
            threading.Event().wait()
        self.send_response(int(answer))
        if answer == "302":
            self.send_header("Location", "http://127.0.0.1:1/elsewhere")
        said = ("said to " + self.path).encode()
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *arguments):
        pass


class Mailbox:
    async def handle_DATA(self, server, session, envelope):
        answer = next_answer()
        tell(sender=envelope.mail_from, to=envelope.rcpt_tos, text=envelope.content.decode(), tls=session.ssl is not None or kind == "smtps", answer=answer)
        return "250 taken" if answer == "200" else "451 not now"


def serve_mail():
    import asyncio
    from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

    def sign_in(server, session, envelope, mechanism, data):
        fits = isinstance(data, LoginPassword) and data.login.decode() == options["user"] and data.password.decode() == options["password"]
        return AuthResult(success=fits, handled=False)

    def protocol():
        wants = "user" in options
        return SMTP(Mailbox(), hostname="localhost", tls_context=tls() if kind == "starttls" else None, require_starttls=kind == "starttls",
                    auth_required=wants, authenticator=sign_in if wants else None, auth_require_tls=kind == "starttls", enable_SMTPUTF8=True)

    async def main():
        loop = asyncio.get_running_loop()
        server = await loop.create_server(protocol, "127.0.0.1", 0, ssl=tls() if kind == "smtps" else None)
        threading.Thread(target=announce, args=(server.sockets[0].getsockname()[1],), daemon=True).start()
        await server.serve_forever()

    asyncio.run(main())


if kind in ("http", "https"):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    server.daemon_threads = True
    if kind == "https":
        server.socket = tls().wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    announce(server.server_address[1])
else:
    serve_mail()

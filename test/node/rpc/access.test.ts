/**
 * Who may ask: Host and Origin, preflights, content types, over HTTP and WebSocket.
 *
 * Owns: the security rules of docs/protocol/json-rpc.md. Backend: fake.
 */
import { once } from "node:events";
import { connect } from "node:net";
import { expect } from "chai";
import { AccessPolicy } from "../../../node/rpc/access.ts";
import { createRpcServer } from "../../../node/rpc/server.ts";
import { CunError } from "../../../node/types/errors.ts";
import { RawSocket, type RpcAnswer, type RunningServer, startServer } from "./client.ts";
import { FakeBackend } from "./fake-backend.ts";

const CALL = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_chainId" });
const DAPP = "https://dapp.example";

describe("rpc access", () => {
  let backend: FakeBackend;
  let closed: RunningServer;
  let open: RunningServer;

  before(async () => {
    backend = await FakeBackend.create();
    closed = await startServer({ backend });
    open = await startServer({ backend, allowedHosts: ["node.example"], allowedOrigins: [DAPP] });
  });
  after(() => Promise.all([closed.stop(), open.stop()]));

  it("[IFC-2] serves localhost, addresses and configured names", async () => {
    for (const host of ["localhost", "LOCALHOST:8650", "127.0.0.1:8650", "[::1]", "[::1]:8650", "10.1.2.3:1"]) {
      expect((await closed.post(CALL, { host })).status, host).to.equal(200);
    }
    expect((await open.post(CALL, { host: "Node.Example:8650" })).status).to.equal(200);
  });

  it("an attacker who rebinds a name to this machine is refused with rpcOriginRefused", async () => {
    for (const host of ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example:8650", "[evil]", "*"]) {
      const { status, text } = await closed.post(CALL, { host });
      expect(status, host).to.equal(403);
      expect((JSON.parse(text) as RpcAnswer).error?.code).to.equal(-32000);
    }
    const refused = await RawSocket.open(closed.port, { host: "evil.example" }).catch((error: Error) => error.message);
    expect(refused).to.include("403");
  });

  it("a star accepts every host, no header is accepted only then", () => {
    expect(new AccessPolicy(["*"], []).allowsHost("evil.example")).to.equal(true);
    expect(new AccessPolicy([], []).allowsHost(undefined)).to.equal(false);
  });

  it("an attacker's web page may neither read answers nor open a WebSocket", async () => {
    const origin = "https://evil.example";
    for (const server of [closed, open]) {
      expect((await server.post("", { origin }, "OPTIONS")).status).to.equal(403);
      expect((await server.post(CALL, { origin })).headers["access-control-allow-origin"]).to.equal(undefined);
      const refused = await RawSocket.open(server.port, { origin }).catch((error: Error) => error.message);
      expect(refused).to.include("403");
    }
  });

  it("an attacker who resets refused connections does not end the server", async () => {
    const upgrade = "GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
    for (let i = 0; i < 20; i++) {
      const socket = connect(closed.port, "127.0.0.1");
      socket.on("error", () => {});
      await once(socket, "connect");
      // Long enough that the refusal meets a connection that is gone.
      socket.write(upgrade + "x".repeat(100_000));
      socket.resetAndDestroy();
      await once(socket, "close");
    }
    expect(await closed.result("eth_chainId")).to.equal("0x7ea");
  });

  it("an attacker's form, which needs no preflight, is refused with 415", async () => {
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]) {
      const { status, text } = await closed.post(CALL, { "content-type": type });
      expect(status).to.equal(415);
      expect((JSON.parse(text) as RpcAnswer).error?.code).to.equal(-32600);
    }
  });

  it("a configured page may do both", async () => {
    const preflight = await open.post("", { origin: DAPP, "access-control-request-method": "POST" }, "OPTIONS");
    expect(preflight.status).to.equal(204);
    expect(preflight.headers["access-control-allow-origin"]).to.equal(DAPP);
    expect(preflight.headers["access-control-allow-headers"]).to.equal("content-type");
    const answer = await open.post(CALL, { origin: DAPP });
    expect(answer.headers["access-control-allow-origin"]).to.equal(DAPP);
    expect(answer.headers["vary"]).to.equal("Origin");
    const socket = await RawSocket.open(open.port, { origin: DAPP });
    socket.close();
  });

  it("answers other paths and verbs with 404", async () => {
    expect((await closed.post("", {}, "GET")).status).to.equal(404);
    expect((await closed.post(CALL, {}, "PUT")).status).to.equal(404);
  });

  it("fails with rpcListenFailed when the port is taken, and stops twice without harm", async () => {
    const second = createRpcServer({ host: "127.0.0.1", port: closed.port, backend });
    const failure = await second.start().catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(CunError);
    expect((failure as CunError).errorName).to.equal("rpcListenFailed");
    await second.stop();
    await second.stop();
  });
});

/**
 * Finding each other: who dials, what answers there, and which of two connections is kept.
 *
 * Owns: two real nodes, or one and a raw peer at the address it dials.
 */
import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { expect } from "chai";
import { createNodeCertificate } from "../../../node/network/certificate-maker.ts";
import type { NodeCertificate } from "../../../node/network/certificates.ts";
import type { PeerAddress } from "../../../node/network/dialer.ts";
import { encodeHello } from "../../../node/network/handshake.ts";
import { createTlsNetwork, type TlsNetwork } from "../../../node/network/tls-network.ts";
import type { ChainInfo } from "../../../node/ports/execution.ts";
import { toHash } from "../../../node/types/primitives.ts";
import { AdmissionTable, freePort, pause, Recorder, until } from "../../helpers/network.ts";
import { RawPeer } from "../../helpers/raw-peer.ts";
import { expectFailure } from "../../helpers/temporary.ts";
import { TestClock } from "../../helpers/test-clock.ts";

const CHAIN: ChainInfo = { chainId: 2026n, genesisHash: toHash(new Uint8Array(32).fill(1)) };
const REDIAL_MS = 30;
const [lower, higher] = [createNodeCertificate(), createNodeCertificate()].sort((a, b) =>
  a.fingerprint < b.fingerprint ? -1 : 1,
) as [NodeCertificate, NodeCertificate];

describe("network/dialing", () => {
  let admission: AdmissionTable;
  let clock: TestClock;
  const running: TlsNetwork[] = [];
  const servers: Server[] = [];

  beforeEach(() => {
    clock = new TestClock();
    admission = new AdmissionTable();
    admission.admit(lower.fingerprint, 0);
    admission.admit(higher.fingerprint, 1);
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((node) => node.stop()));
    for (const server of servers.splice(0)) server.close();
  });

  interface Started {
    readonly node: TlsNetwork;
    readonly heard: Recorder;
  }

  function make(certificate: NodeCertificate, peers: readonly PeerAddress[], port = 0): TlsNetwork {
    const { certificatePem, privateKeyPem } = certificate;
    const own = { host: "127.0.0.1", port, certificatePem, privateKeyPem };
    const options = { ...own, peers, chain: CHAIN, clock, admission: admission.policy, redialMsMax: REDIAL_MS };
    const node = createTlsNetwork(options);
    running.push(node);
    return node;
  }

  async function start(certificate: NodeCertificate, peers: readonly PeerAddress[] = [], port = 0): Promise<Started> {
    const heard = new Recorder();
    const node = make(certificate, peers, port);
    await node.start(heard);
    return { node, heard };
  }

  const at = (port: number, { fingerprint }: NodeCertificate): PeerAddress => ({
    fingerprint,
    host: "127.0.0.1",
    port,
  });
  const refusals = ({ node }: Started, code: number): number => node.stats().refusals.get(`CUN-${code}`) ?? 0;

  async function listen(server: Server): Promise<number> {
    servers.push(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  }

  for (const [title, dialer, acceptor] of [
    ["lower", lower, higher],
    ["higher", higher, lower],
  ] as const) {
    it(`connects when only the node with the ${title} fingerprint knows the other's address`, async () => {
      const passive = await start(acceptor);
      const active = await start(dialer, [at(passive.node.port, acceptor)]);
      await until("both are connected", () => [passive, active].every(({ heard }) => heard.connections.length === 1));
    });
  }

  it("keeps trying until the peer is up", async () => {
    const port = await freePort();
    const early = await start(lower, [at(port, higher)]);
    await until("it tried several times", () => refusals(early, 5011) >= 3);
    await start(higher, [], port);
    await until("they are connected", () => early.heard.connections.length === 1);
  });

  it("dials again when the connection is lost and the other side does not know where to dial", async () => {
    const port = await freePort();
    const first = await start(higher, [], port);
    const node = await start(lower, [at(port, higher)]);
    await until("they are connected", () => node.heard.connections.length === 1);
    await first.node.stop();
    await start(higher, [], port);
    await until("they are connected again", () => node.heard.connections.length === 2);
  });

  it("passes over its own address among the peers", async () => {
    const port = await freePort();
    const alone = await start(lower, [at(port, lower)], port);
    await pause(5 * REDIAL_MS);
    expect(alone.node.stats().refusals.size).to.equal(0);
  });

  it("refuses with peerUnexpected when another node answers at a peer's address", async () => {
    const third = createNodeCertificate();
    admission.admit(third.fingerprint, 2);
    const stranger = await start(third);
    const node = await start(lower, [at(stranger.node.port, higher)]);
    await until("it was refused", () => refusals(node, 5005) > 0);
    await until("the other learns why", () => refusals(stranger, 5012) > 0);
    expect(stranger.heard.connections).to.deep.equal([]);
  });

  it("refuses with handshakeFailed what answers at a peer's address but is no node", async () => {
    const chatty = await listen(createServer((socket) => socket.on("error", () => undefined).end("220 hello\r\n")));
    const node = await start(lower, [at(chatty, higher)]);
    await until("it was refused", () => refusals(node, 5011) > 1);
    expect(node.heard.connections).to.deep.equal([]);
  });

  it("learns with peerRefused that the other side does not admit it", async () => {
    const strict = new AdmissionTable();
    const { certificatePem, privateKeyPem } = higher;
    const own = { host: "127.0.0.1", port: 0, certificatePem, privateKeyPem, peers: [], chain: CHAIN, clock };
    const closed = createTlsNetwork({ ...own, admission: strict.policy });
    running.push(closed);
    await closed.start(new Recorder());
    const node = await start(lower, [at(closed.port, higher)]);
    await until("it was told", () => refusals(node, 5012) > 0);
    expect(node.heard.connections).to.deep.equal([]);
  });

  it("keeps its own connection with connectionDuplicate when the peer with the higher fingerprint dials too", async () => {
    const passive = await start(higher);
    const node = await start(lower, [at(passive.node.port, higher)]);
    await until("they are connected", () => node.heard.connections.length === 1);
    const second = await RawPeer.connect(node.node.port, higher);
    second.send(encodeHello(CHAIN));
    expect(await second.refusal()).to.equal(5009);
    expect(node.heard.disconnections).to.deep.equal([]);
  });

  it("gives its own connection up for the one that the peer with the lower fingerprint dials", async () => {
    const closings: string[] = [];
    const { certificatePem: cert, privateKeyPem: key } = lower;
    const hello = encodeHello(CHAIN);
    const port = await listen(
      createTlsServer({ cert, key, requestCert: true, rejectUnauthorized: false }, (socket) => {
        socket.on("error", () => undefined);
        socket.once("data", () => socket.write(Buffer.concat([Buffer.from([0, 0, 0, hello.length]), hello])));
        socket.once("close", () => closings.push("dialled by the higher"));
      }),
    );
    const node = await start(higher, [at(port, lower)]);
    await until("the higher has dialled", () => node.heard.connections.length === 1);
    const preferred = await RawPeer.join(node.node.port, lower, CHAIN);
    await until("the first is given up", () => closings.length === 1);
    node.node.broadcast(Uint8Array.of(7));
    await until("frames take the new one", () => preferred.frames.length === 2);
    expect(node.heard.connections).to.have.length(1);
    expect(node.heard.disconnections).to.deep.equal([]);
  });

  it("dials a peer that is added later, and no longer one that was taken out", async () => {
    const node = await start(lower);
    const passive = await start(higher);
    node.node.setPeers([at(passive.node.port, higher)]);
    await until("they are connected", () => node.heard.connections.length === 1);
    node.node.setPeers([]);
    await passive.node.stop();
    await until("it is gone", () => node.heard.disconnections.length === 1);
    await pause(5 * REDIAL_MS);
    expect(refusals(node, 5011)).to.equal(0);
  });

  it("fails to start with listenFailed when the port is taken", async () => {
    const first = await start(lower);
    await expectFailure(make(higher, [], first.node.port).start(new Recorder()), "listenFailed");
  });

  it("[VAL-8] fails to start with nodeCertificateInvalid when its own certificate is out of date", async () => {
    const expired = createNodeCertificate({ nowMs: Date.now() - 864_000_000, validDays: 1 });
    await expectFailure(make(expired, []).start(new Recorder()), "nodeCertificateInvalid");
  });
});

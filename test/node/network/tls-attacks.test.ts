/**
 * What strangers and misbehaving peers can do to the node port: each is refused with its own error, and honest peers
 * notice nothing. Titles say what the attacker does.
 *
 * Owns: real sockets, one honest node, one attacker. Whitepaper §2.3; VAL-8.
 */
import { once } from "node:events";
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { expect } from "chai";
import { createNodeCertificate } from "../../../node/network/certificate-maker.ts";
import { DEFAULT_TIMING } from "../../../node/network/connection.ts";
import { encodeFrame } from "../../../node/network/frames.ts";
import { encodeHello, PROTOCOL_VERSION } from "../../../node/network/handshake.ts";
import { createTlsNetwork, type TlsNetwork, type TlsNetworkOptions } from "../../../node/network/tls-network.ts";
import type { ChainInfo } from "../../../node/ports/execution.ts";
import type { Peer } from "../../../node/ports/network.ts";
import { decodeMessage } from "../../../node/types/codec.ts";
import { CunError } from "../../../node/types/errors.ts";
import { MAX_CONNECTIONS, MAX_FRAME_BYTES, MAX_SEND_QUEUE_BYTES, PEER_BAN_MS } from "../../../node/types/limits.ts";
import { toHash } from "../../../node/types/primitives.ts";
import { AdmissionTable, pause, Recorder, until } from "../../helpers/network.ts";
import { RawPeer } from "../../helpers/raw-peer.ts";
import { TestClock } from "../../helpers/test-clock.ts";

const CHAIN: ChainInfo = { chainId: 2026n, genesisHash: toHash(new Uint8Array(32).fill(1)) };
const DAY_MS = 86_400_000;
const honest = createNodeCertificate();
const peer = createNodeCertificate();
const other = createNodeCertificate();

describe("network/tls under attack", () => {
  let node: TlsNetwork;
  let heard: Recorder;
  let admission: AdmissionTable;
  let clock: TestClock;
  const sockets: Socket[] = [];

  async function startNode(options: Partial<TlsNetworkOptions> = {}): Promise<void> {
    node = createTlsNetwork({
      host: "127.0.0.1",
      port: 0,
      certificatePem: honest.certificatePem,
      privateKeyPem: honest.privateKeyPem,
      peers: [],
      admission: admission.policy,
      chain: CHAIN,
      clock,
      ...options,
    });
    await node.start(heard);
  }

  beforeEach(() => {
    heard = new Recorder();
    admission = new AdmissionTable();
    clock = new TestClock();
    admission.admit(peer.fingerprint, 1);
    admission.admit(other.fingerprint, 2);
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await node.stop();
  });

  const refusals = (code: number): number => node.stats().refusals.get(`CUN-${code}`) ?? 0;
  const join = (certificate = peer) => RawPeer.join(node.port, certificate, CHAIN);

  async function openTcp(): Promise<Socket> {
    const socket = connectTcp({ host: "127.0.0.1", port: node.port });
    sockets.push(socket);
    socket.on("error", () => undefined);
    await once(socket, "connect");
    return socket;
  }

  /** An honest peer can still join and be heard. */
  async function expectHealthy(): Promise<void> {
    const well = await join(other);
    well.send(Uint8Array.of(42));
    await until("the honest peer is heard", () => heard.frames.some(({ from }) => from === other.fingerprint));
    well.socket.destroy();
  }

  describe("strangers", () => {
    beforeEach(() => startNode());

    it("rejects a plain TCP client that speaks HTTP with handshakeFailed", async () => {
      const socket = await openTcp();
      socket.write("GET / HTTP/1.1\r\n\r\n");
      await once(socket, "close");
      expect(refusals(5011)).to.equal(1);
      await expectHealthy();
    });

    it("rejects a TLS client without a certificate with certificateMissing", async () => {
      const stranger = await RawPeer.connect(node.port, undefined);
      expect(await stranger.refusal()).to.equal(5004);
      expect(heard.connections).to.deep.equal([]);
    });

    it("rejects a client of TLS 1.2 with handshakeFailed", async () => {
      const own = { cert: peer.certificatePem, key: peer.privateKeyPem };
      const socket = connectTls({ port: node.port, ...own, rejectUnauthorized: false, maxVersion: "TLSv1.2" });
      sockets.push(socket);
      await once(socket, "error");
      await until("it is counted", () => refusals(5011) === 1);
    });

    it("[VAL-8] rejects an unknown certificate with certificateUnknown", async () => {
      const stranger = await RawPeer.connect(node.port, createNodeCertificate());
      expect(await stranger.refusal()).to.equal(5001);
      expect(refusals(5001)).to.equal(1);
    });

    it("[VAL-8] rejects a revoked certificate with certificateRevoked", async () => {
      admission.revoke(peer.fingerprint);
      expect(await (await RawPeer.connect(node.port, peer)).refusal()).to.equal(5002);
    });

    it("[VAL-8] rejects an expired certificate with certificateExpired although it is admitted", async () => {
      const expired = createNodeCertificate({ nowMs: Date.now() - 10 * DAY_MS, validDays: 9 });
      admission.admit(expired.fingerprint, 3);
      expect(await (await RawPeer.connect(node.port, expired)).refusal()).to.equal(5003);
    });

    it("[VAL-8] rejects a certificate that is not valid yet with certificateExpired", async () => {
      const early = createNodeCertificate({ nowMs: Date.now() + 10 * DAY_MS });
      admission.admit(early.fingerprint, 3);
      expect(await (await RawPeer.connect(node.port, early)).refusal()).to.equal(5003);
    });

    it("rejects somebody with a copy of the node's own key with selfConnection", async () => {
      admission.admit(honest.fingerprint, 0);
      expect(await (await RawPeer.connect(node.port, honest)).refusal()).to.equal(5008);
    });

    it("rejects the connection that exhausts the limit with connectionsExhausted", async () => {
      for (let i = 0; i < MAX_CONNECTIONS; i++) await openTcp();
      const surplus = await openTcp();
      await once(surplus, "close");
      expect(refusals(5016)).to.equal(1);
      for (const socket of sockets.splice(0)) socket.destroy();
      await until("there is room again", () => surplus.destroyed);
      await pause(50);
      await expectHealthy();
    });
  });

  describe("peers that say the wrong hello", () => {
    beforeEach(() => startNode());

    const wrong: [string, number, Uint8Array][] = [
      ["networkMismatch for another chain id", 5006, encodeHello({ ...CHAIN, chainId: 1n })],
      ["networkMismatch for another genesis", 5006, encodeHello({ ...CHAIN, genesisHash: toHash(new Uint8Array(32)) })],
      ["protocolMismatch for another version", 5007, Uint8Array.of(0, 0, PROTOCOL_VERSION + 1, 1, 2, 3)],
      ["messageMalformed for garbage", 1001, Uint8Array.of(77, 1, 2)],
      ["messageMalformed for an empty frame", 1001, new Uint8Array(0)],
      ["messageMalformed for a short hello", 1001, encodeHello(CHAIN).subarray(0, -1)],
      ["messageMalformed for a long hello", 1001, new Uint8Array([...encodeHello(CHAIN), 0])],
      ["messageTooLarge for a large first frame", 1002, new Uint8Array(65)],
    ];
    for (const [title, number, hello] of wrong) {
      it(`are rejected with ${title}`, async () => {
        const raw = await RawPeer.connect(node.port, peer);
        raw.send(hello);
        expect(await raw.refusal()).to.equal(number);
        expect(refusals(number)).to.equal(1);
        expect(heard.connections).to.deep.equal([]);
      });
    }
  });

  it("rejects a peer that never says hello with handshakeFailed", async () => {
    await startNode({ timing: { ...DEFAULT_TIMING, handshakeMs: 100 } });
    const raw = await RawPeer.connect(node.port, peer);
    expect(await raw.refusal()).to.equal(5011);
  });

  it("rejects a client that opens a socket and never starts TLS with handshakeFailed", async () => {
    await startNode({ timing: { ...DEFAULT_TIMING, handshakeMs: 100 } });
    const socket = await openTcp();
    await once(socket, "close");
    expect(refusals(5011)).to.equal(1);
  });

  it("drops a peer that falls silent with peerSilent, and keeps one that sends only signs of life", async () => {
    await startNode({ timing: { handshakeMs: 1000, keepAliveMs: 50, silenceMs: 200 } });
    await join(peer);
    const living = await join(other);
    const beat = setInterval(() => living.send(new Uint8Array(0)), 30);
    await until("the silent peer is dropped", () => heard.disconnections.length > 0);
    clearInterval(beat);
    expect(heard.disconnections.map(({ id }) => id)).to.deep.equal([peer.fingerprint]);
    expect(refusals(5013)).to.equal(1);
    expect(living.frames.filter((frame) => frame.length === 0)).to.not.deep.equal([]);
    expect(heard.frames).to.deep.equal([]);
  });

  describe("admitted peers that misbehave", () => {
    beforeEach(() => startNode());

    it("deliver frames cut into single bytes, or many in one piece", async () => {
      const raw = await join();
      const bytes = Buffer.concat([encodeFrame(Uint8Array.of(1, 2, 3)), encodeFrame(Uint8Array.of(4))]);
      for (const byte of bytes) raw.write(Uint8Array.of(byte));
      raw.write(Buffer.concat([bytes, bytes]));
      await until("all frames arrived", () => heard.frames.length === 6);
      expect(heard.frames.map(({ body }) => [...body])).to.deep.equal([[1, 2, 3], [4], [1, 2, 3], [4], [1, 2, 3], [4]]);
    });

    it("announce an oversized frame: messageTooLarge at once, before its body; the second time they are banned", async () => {
      for (const attempt of [1, 2]) {
        const raw = await join();
        raw.write(Uint8Array.of(0xff, 0xff, 0xff, 0xff));
        await until("it is dropped", () => raw.isClosed);
        expect(refusals(1002)).to.equal(attempt);
      }
      const again = await RawPeer.connect(node.port, peer);
      expect(await again.refusal()).to.equal(5010);
      expect(heard.frames).to.deep.equal([]);
      await expectHealthy();
      clock.advance(PEER_BAN_MS + 1);
      await join();
    });

    it("send one byte more than the limit and are dropped, but exactly the limit is fine", async () => {
      const raw = await join();
      raw.send(new Uint8Array(MAX_FRAME_BYTES));
      await until("the largest frame arrives", () => heard.frames.length === 1);
      raw.send(new Uint8Array(MAX_FRAME_BYTES + 1));
      await until("it is dropped", () => raw.isClosed);
      expect(heard.frames).to.have.length(1);
    });

    it("hang up in the middle of a frame: the rest of it is never delivered", async () => {
      const raw = await join();
      raw.write(encodeFrame(new Uint8Array(1000)).subarray(0, 500));
      raw.socket.end();
      await until("it is gone", () => heard.disconnections.length === 1);
      expect(heard.frames).to.deep.equal([]);
    });

    it("read nothing: what waits for them stays bounded, the oldest is dropped, and others are served", async () => {
      const slow = await join(peer);
      const quick = await join(other);
      slow.socket.pause();
      const count = (3 * MAX_SEND_QUEUE_BYTES) / 1_000_000;
      for (let i = 0; i < count; i++) {
        node.broadcast(new Uint8Array(1_000_000).fill(i + 1));
        await until("the quick peer has it", () => quick.frames.length === i + 2);
        expect(node.stats().peers.get(peer.fingerprint)!.queuedBytes).to.be.at.most(MAX_SEND_QUEUE_BYTES);
      }
      expect(node.stats().peers.get(other.fingerprint)!.framesDropped).to.equal(0);
      const { framesDropped } = node.stats().peers.get(peer.fingerprint)!;
      expect(framesDropped).to.be.greaterThan(0);
      slow.socket.resume();
      await until("it catches up", () => slow.frames.length === 1 + Math.ceil(count) - framesDropped);
      expect(slow.frames.at(-1)![0]).to.equal(Math.ceil(count));
    });

    it("flood the node with garbage: they are banned, the flood ends, and others are heard", async () => {
      const judge = (from: Peer, frame: Uint8Array): void => {
        try {
          decodeMessage(frame);
        } catch (error) {
          if (error instanceof CunError) node.report(from.id, error.action, error.code);
        }
      };
      heard.frame = (from, frame) => {
        heard.frames.push({ from: from.id, body: frame });
        judge(from, frame);
      };
      const raw = await join();
      const garbage = Buffer.concat(Array.from({ length: 1000 }, () => encodeFrame(Uint8Array.of(250, 1, 2, 3))));
      for (let i = 0; i < 20; i++) raw.write(garbage);
      await until("it is banned", () => raw.isClosed);
      expect(heard.frames.length, "frames handed on before the ban").to.equal(10);
      expect(refusals(5010)).to.equal(1);
      expect(await (await RawPeer.connect(node.port, peer)).refusal()).to.equal(5010);
      await expectHealthy();
    });

    it("[VAL-8] outlive their certificate: they are dropped with certificateExpired on the next recheck", async () => {
      const brief = createNodeCertificate({ validDays: 1 });
      admission.admit(brief.fingerprint, 3);
      await join(brief);
      await join(peer);
      clock.advance(2 * DAY_MS);
      node.recheckAdmission();
      await until("it is dropped", () => heard.disconnections.length === 1);
      expect(heard.disconnections[0]!.id).to.equal(brief.fingerprint);
      expect(refusals(5003)).to.equal(1);
    });

    it("[VAL-8] are revoked while connected: dropped by recheckAdmission and not let in again", async () => {
      const raw = await join();
      admission.revoke(peer.fingerprint);
      node.recheckAdmission();
      await until("it is dropped", () => raw.isClosed);
      expect(await (await RawPeer.connect(node.port, peer)).refusal()).to.equal(5002);
    });

    it("connect a second time: the later connection takes over without a gap", async () => {
      const first = await join();
      const second = await join();
      await until("the first is closed", () => first.isClosed);
      node.broadcast(Uint8Array.of(9));
      await until("the second hears", () => second.frames.length === 2);
      expect(heard.connections).to.deep.equal([peer.fingerprint]);
      expect(heard.disconnections).to.deep.equal([]);
    });
  });

  it("never writes a key or a certificate into its log", async () => {
    const lines: string[] = [];
    const log = (fields: object, message: string) => void lines.push(JSON.stringify(fields) + message);
    await startNode({ logger: { debug: log, info: log, warn: log } });
    const raw = await join();
    raw.write(Uint8Array.of(0xff, 0xff, 0xff, 0xff));
    await until("it is dropped", () => raw.isClosed);
    await (await RawPeer.connect(node.port, undefined)).refusal();
    expect(lines.length).to.be.greaterThan(2);
    expect(lines.join("\n")).to.not.match(/PRIVATE|BEGIN|privateKey/);
  });
});

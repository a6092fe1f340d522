/**
 * What every NetworkPort must do; run by the memory and the TLS adapter.
 *
 * Owns: connecting, order, admission, binding to a chain, bounded queues, scores and bans, restart.
 * Does not own: bytes on the wire, certificates, strangers on the socket (test/node/network/tls-*.test.ts).
 * Called by: test/node/network/network.test.ts.
 */
import { expect } from "chai";
import { type NetworkStats, newCounters } from "../../node/network/peer-stats.ts";
import type { ChainInfo } from "../../node/ports/execution.ts";
import type { NetworkPort } from "../../node/ports/network.ts";
import { MAX_FRAME_BYTES, MAX_SEND_QUEUE_BYTES, PEER_BAN_MS } from "../../node/types/limits.ts";
import { type PeerId, toHash } from "../../node/types/primitives.ts";
import { AdmissionTable, pause, Recorder, until } from "../helpers/network.ts";
import { TestClock } from "../helpers/test-clock.ts";

export interface NetworkUnderTest extends NetworkPort {
  readonly id: PeerId;
  stats(): NetworkStats;
}

export interface NodeSetting {
  readonly chain: ChainInfo;
  readonly admission: AdmissionTable;
  readonly clock: TestClock;
}

/** Makes nodes that know where the others are. Called again with the same position it restarts that node. */
export type MakeNode = (position: number, setting: NodeSetting) => NetworkUnderTest;

const CHAIN: ChainInfo = { chainId: 2026n, genesisHash: toHash(new Uint8Array(32).fill(1)) };
const OTHER_CHAIN: ChainInfo = { ...CHAIN, genesisHash: toHash(new Uint8Array(32).fill(2)) };

const frameOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));

interface Node extends NetworkUnderTest {
  readonly heard: Recorder;
}

/** `prepare(count)` gives ids in ascending order and a maker. */
export function networkCompliance(
  name: string,
  prepare: (count: number) => Promise<{ readonly ids: readonly PeerId[]; readonly make: MakeNode }>,
): void {
  describe(`NetworkPort: ${name}`, () => {
    let admission: AdmissionTable;
    let clock: TestClock;
    let running: NetworkUnderTest[];
    beforeEach(() => {
      admission = new AdmissionTable();
      clock = new TestClock();
      running = [];
    });
    afterEach(async () => {
      await Promise.all(running.map((node) => node.stop()));
    });

    interface Started {
      readonly nodes: Node[];
      readonly start: (position: number, chain?: ChainInfo) => Promise<Node>;
      readonly ids: readonly PeerId[];
    }

    /** Starts nodes with all admitted, and waits until each is connected to each other. */
    async function startNodes(count: number, { connected = true, chains = [] as ChainInfo[] } = {}): Promise<Started> {
      const { ids, make } = await prepare(count);
      ids.forEach((id, index) => {
        admission.admit(id, index);
      });
      const start = async (position: number, chain = chains[position] ?? CHAIN): Promise<Node> => {
        const heard = new Recorder();
        const node = Object.assign(make(position, { chain, admission, clock }), { heard });
        running.push(node);
        await node.start(heard);
        return node;
      };
      const nodes = await Promise.all(ids.map((_, position) => start(position)));
      if (connected) await meshed(nodes);
      return { nodes, start, ids };
    }

    async function meshed(nodes: readonly Node[]): Promise<void> {
      await until("all are connected", () => nodes.every((node) => node.peers().length === nodes.length - 1));
    }

    const refusals = (node: Node, code: string): number => node.stats().refusals.get(code) ?? 0;

    it("connects every pair once and tells where each peer stands in the validator set", async () => {
      const { nodes, ids } = await startNodes(4);
      await until("all were told", () => nodes.every((node) => node.heard.connections.length === 3));
      nodes.forEach((node, position) => {
        const expected = ids.map((id, index) => ({ id, index })).filter((peer) => peer.index !== position);
        expect([...node.peers()].sort((a, b) => (a.id < b.id ? -1 : 1))).to.deep.equal(expected);
        expect([...node.heard.connections].sort()).to.deep.equal(expected.map((peer) => peer.id));
        expect(node.heard.disconnections).to.deep.equal([]);
      });
    });

    it("delivers a broadcast to every peer and a frame to the one it is for", async () => {
      const { nodes, ids } = await startNodes(3);
      nodes[0]!.broadcast(frameOf("to all"));
      expect(nodes[0]!.send(ids[2]!, frameOf("to one"))).to.equal(true);
      await until("both arrived", () => nodes[2]!.heard.frames.length === 2 && nodes[1]!.heard.frames.length === 1);
      await pause(20);
      expect(nodes.map((node) => node.heard.texts(ids[0]))).to.deep.equal([[], ["to all"], ["to all", "to one"]]);
    });

    it("returns false when the peer is not connected", async () => {
      const { nodes, ids } = await startNodes(2);
      await nodes[1]!.stop();
      await until("it is gone", () => nodes[0]!.peers().length === 0);
      expect(nodes[0]!.send(ids[1]!, frameOf("x"))).to.equal(false);
      nodes[0]!.broadcast(frameOf("x"));
    });

    it("keeps the order of frames of one peer, of every size up to the limit", async () => {
      const { nodes, ids } = await startNodes(2);
      const sizes = [1, 2, 255, 256, 65_535, 65_536, 1_000_000, MAX_FRAME_BYTES, 3, MAX_FRAME_BYTES - 1, 1];
      sizes.forEach((size, i) => {
        nodes[0]!.send(ids[1]!, new Uint8Array(size).fill(i + 1));
      });
      await until("all arrived", () => nodes[1]!.heard.frames.length === sizes.length);
      nodes[1]!.heard.frames.forEach(({ body }, i) => {
        expect(body.length).to.equal(sizes[i]);
        expect(body.every((byte) => byte === i + 1)).to.equal(true);
      });
    });

    it("copies a frame: changing the buffer after sending changes nothing", async () => {
      const { nodes } = await startNodes(2);
      const buffer = frameOf("before");
      nodes[0]!.broadcast(buffer);
      buffer.fill(0);
      await until("it arrived", () => nodes[1]!.heard.frames.length === 1);
      expect(nodes[1]!.heard.texts()).to.deep.equal(["before"]);
    });

    it("refuses to send an empty or oversized frame, as our own bug", async () => {
      const { nodes, ids } = await startNodes(2);
      for (const size of [0, MAX_FRAME_BYTES + 1]) {
        expect(() => nodes[0]!.send(ids[1]!, new Uint8Array(size))).to.throw(/Broken invariant/);
        expect(() => nodes[0]!.broadcast(new Uint8Array(size))).to.throw(/Broken invariant/);
      }
    });

    it("drops the oldest whole frames of a peer that cannot keep up, counts them, and delivers the rest in order", async () => {
      const { nodes, ids } = await startNodes(2);
      const frames = (3 * MAX_SEND_QUEUE_BYTES) / 1_000_000;
      for (let i = 0; i < frames; i++) nodes[0]!.send(ids[1]!, new Uint8Array(1_000_000).fill(i + 1));
      const stats = () => nodes[0]!.stats().peers.get(ids[1]!)!;
      expect(stats().queuedBytes).to.be.at.most(MAX_SEND_QUEUE_BYTES);
      const kept = () => Math.ceil(frames) - stats().framesDropped;
      await until("the rest arrived", () => nodes[1]!.heard.frames.length === kept());
      const numbers = nodes[1]!.heard.frames.map(({ body }) => body[0]!);
      expect(stats().framesDropped).to.be.greaterThan(0);
      expect(numbers).to.deep.equal([...numbers].sort((a, b) => a - b));
      expect(numbers.at(-1)).to.equal(Math.ceil(frames));
      expect(stats().queuedBytes).to.equal(0);
    });

    it("counts frames and bytes in both directions", async () => {
      const { nodes, ids } = await startNodes(2);
      nodes[0]!.broadcast(new Uint8Array(100).fill(1));
      await until("it arrived", () => nodes[1]!.heard.frames.length === 1);
      const { isConnected, queuedBytes, faults, ...sent } = nodes[0]!.stats().peers.get(ids[1]!)!;
      expect({ isConnected, queuedBytes, faults }).to.deep.equal({ isConnected: true, queuedBytes: 0, faults: 0 });
      expect(sent).to.deep.equal({ ...newCounters(), framesOut: 1, bytesOut: 104 });
      expect(nodes[1]!.stats().peers.get(ids[0]!)).to.include({ framesIn: 1, bytesIn: 104 });
    });

    it("[ADM-1] [VAL-8] keeps out an unknown peer with certificateUnknown and a revoked one with certificateRevoked", async () => {
      const { ids, make } = await prepare(3);
      admission.admit(ids[0]!, 0);
      admission.revoke(ids[2]!);
      const nodes: Node[] = [];
      for (const position of ids.keys()) {
        const heard = new Recorder();
        const node = Object.assign(make(position, { chain: CHAIN, admission, clock }), { heard });
        running.push(node);
        nodes.push(node);
        await node.start(heard);
      }
      await until(
        "both were refused",
        () => refusals(nodes[0]!, "CUN-5001") > 0 && refusals(nodes[0]!, "CUN-5002") > 0,
      );
      for (const node of nodes) expect(node.peers()).to.deep.equal([]);
      for (const node of nodes) expect(node.heard.connections).to.deep.equal([]);
    });

    it("[ADM-1] [VAL-8] drops a connected peer that was revoked on recheckAdmission, and only that one", async () => {
      const { nodes, ids } = await startNodes(3);
      admission.revoke(ids[1]!);
      expect(nodes[0]!.peers()).to.have.length(2);
      nodes[0]!.recheckAdmission();
      await until("it was dropped", () => nodes[0]!.heard.disconnections.length === 1);
      expect(nodes[0]!.heard.disconnections[0]!.id).to.equal(ids[1]);
      expect(nodes[0]!.heard.disconnections[0]!.reason).to.match(/revoked/);
      expect(nodes[0]!.peers().map((peer) => peer.id)).to.deep.equal([ids[2]]);
      await until("it learns that it is out", () => !nodes[1]!.peers().some((peer) => peer.id === ids[0]));
    });

    it("lets a peer in again once it is admitted", async () => {
      const { nodes, ids } = await startNodes(2);
      admission.forget(ids[1]!);
      nodes[0]!.recheckAdmission();
      await until("it was dropped", () => nodes[0]!.peers().length === 0);
      admission.admit(ids[1]!, 7);
      await until("it is back", () => nodes[0]!.peers().length === 1);
      expect(nodes[0]!.peers()).to.deep.equal([{ id: ids[1], index: 7 }]);
    });

    it("takes over a new place in the validator set on recheckAdmission without disconnecting", async () => {
      const { nodes, ids } = await startNodes(2);
      admission.admit(ids[1]!, 5);
      nodes[0]!.recheckAdmission();
      expect(nodes[0]!.peers()).to.deep.equal([{ id: ids[1], index: 5 }]);
      admission.admit(ids[1]!);
      nodes[0]!.recheckAdmission();
      expect(nodes[0]!.peers()).to.deep.equal([{ id: ids[1], index: undefined }]);
      expect(nodes[0]!.heard.disconnections).to.deep.equal([]);
    });

    it("keeps out a peer of another chain with networkMismatch", async () => {
      const { nodes } = await startNodes(3, { connected: false, chains: [CHAIN, OTHER_CHAIN, CHAIN] });
      await until("the two find each other", () => nodes[0]!.peers().length === 1 && nodes[2]!.peers().length === 1);
      await until("the third was refused", () => nodes.some((node) => refusals(node, "CUN-5006") > 0));
      await pause(50);
      expect(nodes[1]!.peers()).to.deep.equal([]);
    });

    it("bans with peerBanned a peer at the limit of its faults, for a bounded time, and leaves the others alone", async () => {
      const { nodes, ids } = await startNodes(3);
      for (let i = 0; i < 9; i++) nodes[0]!.report(ids[1]!, "reject", "CUN-1001");
      expect(nodes[0]!.peers()).to.have.length(2);
      expect(nodes[0]!.stats().peers.get(ids[1]!)!.faults).to.equal(90);
      nodes[0]!.report(ids[1]!, "reject", "CUN-1001");
      await until("it was dropped", () => nodes[0]!.heard.disconnections.length === 1);
      expect(nodes[0]!.heard.disconnections[0]!.id).to.equal(ids[1]);
      expect(refusals(nodes[0]!, "CUN-5010")).to.be.greaterThan(0);
      await pause(200);
      expect(nodes[0]!.peers().map((peer) => peer.id)).to.deep.equal([ids[2]]);
      clock.advance(PEER_BAN_MS + 1);
      await meshed(nodes);
    });

    it("forgives with time: faults that come slowly never ban", async () => {
      const { nodes, ids } = await startNodes(2);
      for (let i = 0; i < 30; i++) {
        nodes[0]!.report(ids[1]!, "reject", "CUN-1001");
        clock.advance(10_000);
      }
      expect(nodes[0]!.stats().peers.get(ids[1]!)!.faults).to.equal(0);
      expect(nodes[0]!.peers()).to.have.length(1);
    });

    it("never holds it against a peer when a message is to be ignored, retried, or is the node's own fault", async () => {
      const { nodes, ids } = await startNodes(2);
      for (const action of ["ignore", "retry", "stop"] as const) {
        for (let i = 0; i < 50; i++) nodes[0]!.report(ids[1]!, action, "CUN-2008");
      }
      expect(nodes[0]!.stats().peers.get(ids[1]!)!.faults).to.equal(0);
      expect(nodes[0]!.peers()).to.have.length(1);
    });

    it("ignores a report about somebody who was never connected", async () => {
      const { nodes, ids } = await startNodes(2);
      nodes[0]!.report(ids[0]!, "reject", "CUN-1001");
      nodes[0]!.report("0xabcd" as PeerId, "reject", "CUN-1001");
      expect(nodes[0]!.stats().peers.size).to.equal(1);
    });

    for (const [position, role] of [
      [0, "lower"],
      [1, "higher"],
    ] as const) {
      it(`reconnects by itself when the node with the ${role} fingerprint restarts`, async () => {
        const { nodes, start } = await startNodes(2);
        const survivor = nodes[1 - position]!;
        await nodes[position]!.stop();
        await until("it is gone", () => survivor.peers().length === 0);
        expect(survivor.heard.disconnections).to.have.length(1);
        const restarted = await start(position);
        await meshed([survivor, restarted]);
        restarted.broadcast(frameOf("back"));
        survivor.broadcast(frameOf("welcome"));
        await until("both hear", () => restarted.heard.frames.length === 1 && survivor.heard.frames.length === 1);
      });
    }

    it("stops cleanly: nothing is delivered and nobody connected afterwards", async () => {
      const { nodes } = await startNodes(2);
      await nodes[1]!.stop();
      await nodes[1]!.stop();
      nodes[0]!.broadcast(frameOf("too late"));
      await pause(100);
      expect(nodes[1]!.peers()).to.deep.equal([]);
      expect(nodes[1]!.heard.frames).to.deep.equal([]);
    });
  });
}

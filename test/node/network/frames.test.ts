/**
 * Cutting a stream into frames, and the queue of a slow reader: without sockets.
 *
 * Owns: FrameParser, SendQueue. With sockets: tls-attacks.test.ts.
 */
import { expect } from "chai";
import { encodeFrame, encodeMessageFrame, FrameParser } from "../../../node/network/frames.ts";
import { SendQueue } from "../../../node/network/send-queue.ts";
import { MAX_FRAME_BYTES } from "../../../node/types/limits.ts";
import { expectFailure } from "../../helpers/temporary.ts";

describe("network/frames", () => {
  const bodies = [0, 1, 3, 4, 5, 300].map((size, i) => new Uint8Array(size).fill(i + 1));
  const stream = Buffer.concat(bodies.map(encodeFrame));

  it("finds the same frames however the stream is cut into pieces", () => {
    for (let size = 1; size <= stream.length; size++) {
      const parser = new FrameParser(1000);
      const found: Uint8Array[] = [];
      for (let at = 0; at < stream.length; at += size) found.push(...parser.push(stream.subarray(at, at + size)));
      expect(found, `pieces of ${size}`).to.deep.equal(bodies);
    }
  });

  it("hands on a frame that ends where the piece ends, also an empty one", () => {
    const parser = new FrameParser(10);
    expect([...parser.push(encodeFrame(new Uint8Array(0)))]).to.deep.equal([new Uint8Array(0)]);
    expect([...parser.push(encodeFrame(Uint8Array.of(1)))]).to.deep.equal([Uint8Array.of(1)]);
  });

  it("refuses a frame over the limit with messageTooLarge as soon as its length is known", async () => {
    const parser = new FrameParser(10);
    expect([...parser.push(Buffer.from([0, 0, 0]))]).to.deep.equal([]);
    const error = await expectFailure(() => [...parser.push(Buffer.from([11]))], "messageTooLarge");
    expect(error.details).to.deep.equal({ bytes: 11, limit: 10 });
  });

  it("takes a frame of exactly the limit", () => {
    expect([...new FrameParser(10).push(encodeFrame(new Uint8Array(10)))]).to.have.length(1);
  });

  it("does not make frames that no peer would take", () => {
    expect(() => encodeMessageFrame(new Uint8Array(0))).to.throw(/Broken invariant/);
    expect(() => encodeMessageFrame(new Uint8Array(MAX_FRAME_BYTES + 1))).to.throw(/Broken invariant/);
  });
});

describe("network/send-queue", () => {
  const frame = (size: number, mark: number) => Buffer.alloc(size, mark);

  it("gives frames back in order and counts their bytes", () => {
    const queue = new SendQueue(1000);
    for (let i = 0; i < 5; i++) expect(queue.push(frame(10, i))).to.equal(0);
    expect(queue.bytes).to.equal(50);
    expect(Array.from({ length: 6 }, () => queue.shift()?.[0])).to.deep.equal([0, 1, 2, 3, 4, undefined]);
    expect(queue.bytes).to.equal(0);
  });

  it("drops as many of the oldest as the newest needs", () => {
    const queue = new SendQueue(100);
    for (let i = 0; i < 10; i++) queue.push(frame(10, i));
    expect(queue.push(frame(25, 99))).to.equal(3);
    expect(queue.bytes).to.equal(95);
    expect(queue.shift()![0]).to.equal(3);
  });

  it("drops a frame that alone is over the bound", () => {
    const queue = new SendQueue(100);
    queue.push(frame(10, 1));
    expect(queue.push(frame(101, 2))).to.equal(2);
    expect([queue.bytes, queue.shift()]).to.deep.equal([0, undefined]);
  });

  it("stays in order over many thousands of frames", () => {
    const queue = new SendQueue(1_000_000);
    let next = 0;
    let expected = 0;
    for (let round = 0; round < 3000; round++) {
      for (let i = 0; i < 3; i++) queue.push(frame(4, 0).fill(Buffer.from([next >> 8, next++ & 0xff])));
      for (let i = 0; i < 2; i++) expect(queue.shift()!.readUInt16BE(0)).to.equal(expected++ & 0xffff);
    }
    expect(queue.bytes).to.equal(4 * 3000);
  });
});

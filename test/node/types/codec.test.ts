/**
 * The canonical form of messages: one value, one encoding, and nothing else is accepted.
 *
 * Owns: round trips, truncation, every changed byte, limits. Fields and buffers: binary.test.ts.
 */
import { expect } from "chai";
import { decodeCertificate, decodeMessage, encodeCertificate, encodeMessage } from "../../../node/types/codec.ts";
import { CunError } from "../../../node/types/errors.ts";
import {
  MAX_FRAME_BYTES,
  MAX_GOSSIP_TRANSACTIONS,
  MAX_NULLIFICATIONS,
  MAX_PAYLOAD_BYTES,
  MAX_SYNC_BLOCKS,
  MAX_TRANSACTION_BYTES,
  MAX_VALIDATORS,
} from "../../../node/types/limits.ts";
import type { Ballot, Certificate, Message, Proposal, Vote } from "../../../node/types/messages.ts";
import { asEpoch, asHeight, asIndex, asView, type Hash, toHash, ZERO_HASH } from "../../../node/types/primitives.ts";

const filled = (length: number, fill: number): Uint8Array => new Uint8Array(length).fill(fill);
const hash = (fill: number): Hash => toHash(filled(32, fill));

const ballot = (kind: Ballot["kind"], view = 9): Ballot => ({
  kind,
  epoch: asEpoch(2),
  view: asView(view),
  digest: kind === "nullify" ? ZERO_HASH : hash(4),
});
const vote = (kind: Ballot["kind"]): Vote => ({ ...ballot(kind), signer: asIndex(513), signature: filled(96, 6) });
const certificate = (kind: Ballot["kind"], view?: number): Certificate => ({
  ...ballot(kind, view),
  signers: Uint8Array.of(0b1011, 1),
  signature: filled(96, 7),
});

const { epoch, view, digest } = ballot("notarize");
const proposal: Proposal = {
  epoch,
  view,
  height: asHeight(8),
  digest,
  parentView: asView(6),
  parentDigest: hash(5),
  payload: filled(40, 1),
  parentCertificate: certificate("notarize", 6),
  nullifications: [certificate("nullify", 7), certificate("nullify", 8)],
  vote: vote("notarize"),
};

const messages: readonly (readonly [name: string, message: Message])[] = [
  ["proposal", { type: "proposal", proposal }],
  [
    "proposal on genesis",
    { type: "proposal", proposal: { ...proposal, parentCertificate: undefined, nullifications: [] } },
  ],
  ["notarize", { type: "vote", vote: vote("notarize") }],
  ["finalize", { type: "vote", vote: vote("finalize") }],
  ["nullify", { type: "vote", vote: vote("nullify") }],
  ["notarization", { type: "certificate", certificate: certificate("notarize") }],
  ["nullification", { type: "certificate", certificate: certificate("nullify") }],
  ["proposal request", { type: "proposalRequest", request: { view: asView(3), digest: hash(9) } }],
  ["sync request", { type: "syncRequest", request: { fromHeight: asHeight(2 ** 52) } }],
  [
    "sync response",
    {
      type: "syncResponse",
      response: {
        finalizedHeight: asHeight(77),
        blocks: [
          { payload: filled(5, 2), finalization: undefined },
          { payload: filled(0, 2), finalization: certificate("finalize") },
        ],
      },
    },
  ],
  ["transactions", { type: "transactions", transactions: [filled(3, 1), filled(0, 0), filled(200, 9)] }],
  ["no transactions", { type: "transactions", transactions: [] }],
];

/** Decodes, or returns the name of the error. Anything but a CunError is a fault of the decoder. */
function tryDecode(bytes: Uint8Array): Message | string {
  try {
    return decodeMessage(bytes);
  } catch (error) {
    if (error instanceof CunError) return error.errorName;
    throw error;
  }
}

/** What must hold for any bytes: a value that encodes to exactly them, or messageMalformed. */
function expectCanonical(bytes: Uint8Array, what: string): void {
  const decoded = tryDecode(bytes);
  if (decoded === "messageMalformed") return;
  if (typeof decoded === "string") throw new Error(`${what}: ${decoded}`);
  expect(Buffer.compare(encodeMessage(decoded), bytes), what).to.equal(0);
}

describe("types: codec", () => {
  for (const [name, message] of messages) {
    const bytes = encodeMessage(message);

    it(`${name}: comes back as it was`, () => {
      expect(decodeMessage(bytes)).to.deep.equal(message);
      // Also from the middle of a larger buffer, as frames are.
      const framed = filled(bytes.length + 9, 0xee);
      framed.set(bytes, 4);
      expect(decodeMessage(framed.subarray(4, 4 + bytes.length))).to.deep.equal(message);
    });

    it(`${name}: refuses every truncation and every byte too many with messageMalformed`, () => {
      for (let length = 0; length < bytes.length; length++) {
        expect(tryDecode(bytes.subarray(0, length)), `${length} bytes`).to.equal("messageMalformed");
      }
      for (const extra of [0, 1, 255]) {
        expect(tryDecode(Uint8Array.of(...bytes, extra)), `followed by ${extra}`).to.equal("messageMalformed");
      }
    });

    it(`${name}: each changed byte gives another canonical message or messageMalformed`, () => {
      for (let position = 0; position < bytes.length; position++) {
        for (const change of [0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xff]) {
          const changed = Uint8Array.from(bytes);
          changed[position]! ^= change;
          expectCanonical(changed, `byte ${position} ^ ${change}`);
        }
      }
    });
  }

  it("[COD-1] random bytes are never anything but canonical or malformed", () => {
    let state = 1;
    const next = (): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state >>> 24;
    };
    for (let run = 0; run < 5000; run++) {
      const bytes = Uint8Array.from({ length: next() }, next);
      if (bytes.length > 0) bytes[0]! %= 8;
      expectCanonical(bytes, `run ${run}`);
    }
  });

  it("a certificate comes back alone, and nothing may follow it", () => {
    const bytes = encodeCertificate(certificate("finalize"));
    expect(decodeCertificate(bytes)).to.deep.equal(certificate("finalize"));
    expect(() => decodeCertificate(Uint8Array.of(...bytes, 0)))
      .to.throw()
      .with.property("errorName", "messageMalformed");
  });

  it("[CON-3] a nullify names no block, and everything else names one", () => {
    const wrong: Vote[] = [
      { ...vote("nullify"), digest: hash(1) },
      { ...vote("notarize"), digest: ZERO_HASH },
      { ...vote("finalize"), digest: ZERO_HASH },
    ];
    for (const bad of wrong) expect(tryDecode(encodeMessage({ type: "vote", vote: bad }))).to.equal("messageMalformed");
  });

  it("a proposal carries a notarize vote and no other", () => {
    const offered: Message = { type: "proposal", proposal: { ...proposal, vote: vote("finalize") } };
    expect(tryDecode(encodeMessage(offered))).to.equal("messageMalformed");
  });

  it("numbers above 2^53−1 are refused, not rounded", () => {
    const bytes = encodeMessage({ type: "syncRequest", request: { fromHeight: asHeight(1) } });
    bytes.set([0, 0x20, 0, 0, 0, 0, 0, 0], 1);
    expect(tryDecode(bytes)).to.equal("messageMalformed");
    bytes.set([0, 0x1f, 255, 255, 255, 255, 255, 255], 1);
    expect(decodeMessage(bytes)).to.deep.include({ request: { fromHeight: Number.MAX_SAFE_INTEGER } });
  });

  describe("limits", () => {
    const transactions = (count: number, length: number): Message => ({
      type: "transactions",
      transactions: Array.from({ length: count }, () => filled(length, 1)),
    });
    const blocks = (count: number): Message => ({
      type: "syncResponse",
      response: {
        finalizedHeight: asHeight(1),
        blocks: Array.from({ length: count }, () => ({ payload: filled(1, 1), finalization: undefined })),
      },
    });
    const offered = (change: Partial<Proposal>): Message => ({
      type: "proposal",
      proposal: { ...proposal, ...change },
    });
    const nullifications = (count: number) => Array.from({ length: count }, () => certificate("nullify"));
    const signedBy = (bytes: number): Message => ({
      type: "certificate",
      certificate: { ...certificate("notarize"), signers: filled(bytes, 1) },
    });
    const cases: readonly (readonly [name: string, atLimit: Message, above: Message])[] = [
      ["transactions", transactions(MAX_GOSSIP_TRANSACTIONS, 1), transactions(MAX_GOSSIP_TRANSACTIONS + 1, 1)],
      ["bytes of a transaction", transactions(1, MAX_TRANSACTION_BYTES), transactions(1, MAX_TRANSACTION_BYTES + 1)],
      ["blocks of a sync response", blocks(MAX_SYNC_BLOCKS), blocks(MAX_SYNC_BLOCKS + 1)],
      [
        "bytes of a payload",
        offered({ payload: filled(MAX_PAYLOAD_BYTES, 1) }),
        offered({ payload: filled(MAX_PAYLOAD_BYTES + 1, 1) }),
      ],
      [
        "nullifications",
        offered({ nullifications: nullifications(MAX_NULLIFICATIONS) }),
        offered({ nullifications: nullifications(MAX_NULLIFICATIONS + 1) }),
      ],
      ["bytes of a bitmap", signedBy(MAX_VALIDATORS / 8), signedBy(MAX_VALIDATORS / 8 + 1)],
    ];
    for (const [name, atLimit, above] of cases) {
      it(`takes as many ${name} as allowed, and one more is messageMalformed`, () => {
        const bytes = encodeMessage(atLimit);
        expect(Buffer.compare(encodeMessage(decodeMessage(bytes)), bytes)).to.equal(0);
        expect(tryDecode(encodeMessage(above))).to.equal("messageMalformed");
      });
    }

    it("refuses a frame above the limit with messageTooLarge before looking inside", () => {
      expect(tryDecode(new Uint8Array(MAX_FRAME_BYTES + 1))).to.equal("messageTooLarge");
      expect(tryDecode(new Uint8Array(MAX_FRAME_BYTES))).to.equal("messageMalformed");
    });
  });
});

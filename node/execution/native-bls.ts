/**
 * The BLS12-381 precompiles with native point addition: noble needs 2 ms for what costs 375 gas, blst microseconds.
 *
 * Owns: additions in G1 and G2 through blst, whose serialised points carry flags that the EVM's do not.
 * Does not own: pairing, multi-scalar multiplication, mapping (noble's; blst's package does not offer them).
 * Called by: machine. EIP-2537. Errors of any kind make the precompile consume all its gas.
 */
import { aggregatePublicKeys, aggregateSignatures, PublicKey, Signature } from "@chainsafe/blst";
import { NobleBLS } from "@ethereumjs/evm";

const COORDINATE_BYTES = 48;
const PADDED_BYTES = 64;
/** Top bits of a serialised point: compressed, infinity, sign. No coordinate below the field's modulus has them. */
const FLAGS = 0xe0;
const INFINITY_FLAG = 0x40;
/** blst puts c1 of an Fp2 element first, the EVM c0. */
const G1_ORDER = [0, 1];
const G2_ORDER = [1, 0, 3, 2];

export class NativeBls extends NobleBLS {
  override addG1(input: Uint8Array): Uint8Array {
    const [left, right] = halves(input).map((half) => PublicKey.fromBytes(toBlst(half, G1_ORDER)));
    return toEvm(aggregatePublicKeys([left!, right!]).toBytes(false), G1_ORDER);
  }

  override addG2(input: Uint8Array): Uint8Array {
    const [left, right] = halves(input).map((half) => Signature.fromBytes(toBlst(half, G2_ORDER)));
    return toEvm(aggregateSignatures([left!, right!]).toBytes(false), G2_ORDER);
  }
}

const halves = (input: Uint8Array): [Uint8Array, Uint8Array] => [
  input.subarray(0, input.length / 2),
  input.subarray(input.length / 2),
];

/** Assumes: the precompile has checked the length and that the padding is zero. */
function toBlst(padded: Uint8Array, order: readonly number[]): Uint8Array {
  const point = new Uint8Array(order.length * COORDINATE_BYTES);
  order.forEach((part, position) => {
    const start = position * PADDED_BYTES + PADDED_BYTES - COORDINATE_BYTES;
    point.set(padded.subarray(start, start + COORDINATE_BYTES), part * COORDINATE_BYTES);
  });
  if ((point[0]! & FLAGS) !== 0) throw new RangeError("coordinate is not in the field");
  if (point.every((byte) => byte === 0)) point[0] = INFINITY_FLAG;
  return point;
}

function toEvm(point: Uint8Array, order: readonly number[]): Uint8Array {
  const padded = new Uint8Array(order.length * PADDED_BYTES);
  if ((point[0]! & INFINITY_FLAG) !== 0) return padded;
  order.forEach((part, position) => {
    const start = position * PADDED_BYTES + PADDED_BYTES - COORDINATE_BYTES;
    padded.set(point.subarray(part * COORDINATE_BYTES, (part + 1) * COORDINATE_BYTES), start);
  });
  return padded;
}

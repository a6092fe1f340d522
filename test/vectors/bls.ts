/**
 * Published BLS12-381 vectors that both backends must reproduce, and points that both must refuse.
 *
 * Owns: data. Sources: ethereum/bls12-381-tests (sign_case_11b8c7cad5238946), EIP-2333 (test case 0), the curve itself.
 */
import { fromHex } from "../../node/types/primitives.ts";

const bytes = (hex: string): Uint8Array => fromHex(`0x${hex}`)!;

export const signVector = {
  secretKey: bytes("47b8192d77bf871b62e87859d653922725724a5c031afeabc60bcef5ff665138"),
  message: new Uint8Array(32),
  signature: bytes(
    "b23c46be3a001c63ca711f87a005c200cc550b9429d5f4eb38d74322144f1b63926da3388979e5321012fb1a0526bcd1" +
      "00b5ef5fe72628ce4cd5e904aeaa3279527843fae5ca9ca675f4f51ed8f83bbf7155da9ecc9663100a885d5dc6df96d9",
  ),
};

export const keygenVector = {
  randomness: bytes(
    "c55257c360c07c72029aebc1b53c05ed0362ada38ead3e3e9efa3708e53495531f09a6987599d18264c1e1c92f2cf141630c7a3c4ab7c81b2f001698e7463b04",
  ),
  secretKey: 6083874454709270928345386274498605044986640685124978867557563392430687146096n,
};

const padded = (first: number, length: number): Uint8Array => {
  const point = new Uint8Array(length);
  point[0] = first;
  return point;
};

export const badPublicKeys: readonly (readonly [name: string, key: Uint8Array])[] = [
  ["the point at infinity", padded(0xc0, 48)],
  ["zeros", new Uint8Array(48)],
  ["a point of the curve outside the subgroup", padded(0x80, 48)],
  ["a coordinate above the field", new Uint8Array(48).fill(0xff).fill(0x9f, 0, 1)],
  ["47 bytes", padded(0x80, 47)],
  ["nothing", new Uint8Array(0)],
];

/** On the curve over Fp2 but not of the right order; found by counting x upwards. */
export const strayPoint = (() => {
  const point = padded(0x80, 96);
  point[95] = 2;
  return point;
})();

export const badSignatures: readonly (readonly [name: string, signature: Uint8Array])[] = [
  ["the point at infinity", padded(0xc0, 96)],
  ["zeros", new Uint8Array(96)],
  ["a point of the curve outside the subgroup", strayPoint],
  ["95 bytes", padded(0x80, 95)],
  ["ones", new Uint8Array(96).fill(0xff)],
];

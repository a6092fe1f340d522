/**
 * Programs that use up their gas in one way: each precompile at its dearest, and loops of plain opcodes.
 *
 * Owns: code and call data, chosen for the most work per gas. Does not own: running them (precompile-cost.ts).
 * Called by: precompile-cost, test/node/execution/slow.test.ts.
 */
import { createSign, generateKeyPairSync } from "node:crypto";
import { bls12_381 } from "@noble/curves/bls12-381.js";
import { bn254 } from "@noble/curves/bn254.js";
import { Wallet } from "ethers";
import { KZG_INPUTS } from "../vectors/precompile-inputs.ts";
import { assemble } from "./assembly.ts";

export interface CostProgram {
  readonly name: string;
  readonly runtime: string;
  readonly data: string;
  /** Where one call alone needs more than a small sample. */
  readonly gas?: bigint;
}

const word = (value: bigint | number, bytes = 32): string => value.toString(16).padStart(2 * bytes, "0");
const { G1, G2 } = bls12_381;
/** Any scalar of full length will do. */
const SCALAR = 0x5d576e7357a4501ddfe92f46681b20a05d576e7357a4501ddfe92f46681b20a1n;

const g1 = (factor: bigint): string => {
  const { x, y } = G1.Point.BASE.multiply(factor).toAffine();
  return word(x, 64) + word(y, 64);
};
const g2 = (factor: bigint): string => {
  const { x, y } = G2.Point.BASE.multiply(factor).toAffine();
  return [x.c0, x.c1, y.c0, y.c1].map((part) => word(part, 64)).join("");
};
const bn1 = (factor: bigint): string => {
  const { x, y } = bn254.G1.Point.BASE.multiply(factor).toAffine();
  return word(x) + word(y);
};
const bn2 = (factor: bigint): string => {
  const { x, y } = bn254.G2.Point.BASE.multiply(factor).toAffine();
  return [x.c1, x.c0, y.c1, y.c0].map((part) => word(part)).join("");
};
const many = (count: number, make: (factor: bigint) => string): string =>
  Array.from({ length: count }, (_, index) => make(BigInt(index + 2))).join("");

/** Copies its call data to memory and asks the precompile until the gas is gone; failing calls get just their price. */
function asking(name: string, precompile: string, data: string): CostProgram {
  const runtime = assemble(
    `CALLDATASIZE 00 00 CALLDATACOPY JUMPDEST 00 00 CALLDATASIZE 00 ${precompile} GAS STATICCALL POP 06 JUMP`,
  );
  return { name, runtime, data: `0x${data}` };
}

/** Asks a hash precompile over this much memory. */
const hashing = (name: string, precompile: string, bytes: string): CostProgram => ({
  name,
  runtime: assemble(`JUMPDEST 00 00 ${bytes} 00 ${precompile} GAS STATICCALL POP 00 JUMP`),
  data: "0x",
});

function modexp(size: number, exponentSize: number, modulus = "fb", baseSize = size): CostProgram {
  const lengths = word(baseSize) + word(exponentSize) + word(size);
  const data = `${lengths}${"fe".repeat(baseSize)}${"ff".repeat(exponentSize)}${"ff".repeat(size - 1)}${modulus}`;
  return asking(`modexp ${baseSize}^${exponentSize} mod ${size}${modulus === "fb" ? "" : " even"}`, "05", data);
}

async function ecrecover(): Promise<CostProgram> {
  const digest = `0x${"12".repeat(32)}`;
  const { r, s, v } = new Wallet(`0x${"46".repeat(32)}`).signingKey.sign(digest);
  return asking("ecrecover", "01", digest.slice(2) + word(v) + r.slice(2) + s.slice(2));
}

function p256(): CostProgram {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const { x, y } = publicKey.export({ format: "jwk" });
  // The digest is not the message's: a wrong signature costs as much as a right one.
  const signature = createSign("sha256").update("cost").sign({ key: privateKey, dsaEncoding: "ieee-p1363" });
  const point = Buffer.concat([Buffer.from(x!, "base64url"), Buffer.from(y!, "base64url")]);
  return asking("P256VERIFY", "0100", "12".repeat(32) + signature.toString("hex") + point.toString("hex"));
}

const BLAKE2F_ROUNDS = 400_000;

function precompiles(): CostProgram[] {
  const pairs = (count: number) => many(count, (factor) => g1(factor) + g2(factor + 1n));
  return [
    hashing("sha256, empty", "02", "00"),
    hashing("sha256, 64 KiB", "02", "010000"),
    hashing("ripemd160, empty", "03", "00"),
    hashing("ripemd160, 64 KiB", "03", "010000"),
    hashing("identity, empty", "04", "00"),
    hashing("identity, 64 KiB", "04", "010000"),
    ...[1, 8, 32, 33, 40, 64, 128, 256].map((size) => modexp(size, 32)),
    modexp(32, 2),
    modexp(32, 32, "00"),
    modexp(64, 32, "00"),
    modexp(1024, 2),
    modexp(1024, 32),
    modexp(1024, 2, "00"),
    modexp(1, 1024),
    modexp(32, 1024),
    modexp(32, 32, "fb", 1024),
    asking("bn254 add", "06", bn1(2n) + bn1(3n)),
    asking("bn254 mul", "07", bn1(2n) + word(SCALAR)),
    asking("bn254 pairing, none", "08", ""),
    asking("bn254 pairing, 1", "08", bn1(2n) + bn2(3n)),
    asking(
      "bn254 pairing, 10",
      "08",
      many(10, (factor) => bn1(factor) + bn2(factor + 1n)),
    ),
    asking("blake2f, 1 round", "09", word(1, 4) + "ab".repeat(208) + "01"),
    asking("blake2f, many rounds", "09", word(BLAKE2F_ROUNDS, 4) + "ab".repeat(208) + "01"),
    asking("KZG point evaluation", "0a", KZG_INPUTS[0].slice(2)),
    asking("BLS g1add", "0b", g1(2n) + g1(3n)),
    asking("BLS g1msm, 1", "0c", g1(2n) + word(SCALAR)),
    asking(
      "BLS g1msm, 64",
      "0c",
      many(64, (factor) => g1(factor) + word(SCALAR - factor)),
    ),
    asking(
      "BLS g1msm, 128",
      "0c",
      many(128, (factor) => g1(factor) + word(SCALAR - factor)),
    ),
    asking("BLS g2add", "0d", g2(2n) + g2(3n)),
    asking("BLS g2msm, 1", "0e", g2(2n) + word(SCALAR)),
    asking(
      "BLS g2msm, 64",
      "0e",
      many(64, (factor) => g2(factor) + word(SCALAR - factor)),
    ),
    asking("BLS pairing, 1", "0f", pairs(1)),
    asking("BLS pairing, 8", "0f", pairs(8)),
    asking("BLS map fp", "10", word(SCALAR, 64)),
    asking("BLS map fp2", "11", word(SCALAR, 64) + word(SCALAR + 1n, 64)),
  ];
}

/** The address of the contract that the program below calls. */
export const LARGE_CONTRACT = "0xc0570000000000000000000000000000000000ff";
/** As large as a contract can be, and its first opcode jumps: an interpreter that looks for jump targets anew pays. */
export const LARGE_RUNTIME = `${assemble("04 JUMP STOP JUMPDEST STOP")}${"5b6001".repeat(8189)}`;

/** A body repeated within the loop, so that the jump itself hardly counts. */
function looping(name: string, body: string, repeat = 100, before = ""): CostProgram {
  const start = (assemble(before).length - 2) / 2;
  const source = `${before} JUMPDEST ${`${body} `.repeat(repeat)} ${word(start, 2)} JUMP`;
  return { name, runtime: assemble(source), data: "0x" };
}

function opcodes(): CostProgram[] {
  const big = "ff".repeat(32);
  return [
    looping("JUMPDEST", "JUMPDEST", 500),
    looping("JUMP alone", "", 0),
    looping("PUSH0 POP", "PUSH0 POP", 300),
    looping("ADD", "DUP1 DUP1 ADD POP", 200, big),
    looping("MUL", "DUP1 DUP1 MUL POP", 200, big),
    looping("DIV", "DUP1 DUP1 DIV POP", 200, big),
    looping("SDIV", "DUP1 DUP1 SDIV POP", 200, big),
    looping("ADDMOD", "DUP1 DUP1 DUP1 ADDMOD POP", 200, big),
    looping("MULMOD", "DUP1 DUP1 DUP1 MULMOD POP", 200, big),
    looping("EXP, large", "DUP1 DUP1 EXP POP", 100, big),
    looping("EXP, 0", "PUSH0 DUP2 EXP POP", 100, big),
    looping("KECCAK256, empty", "PUSH0 PUSH0 KECCAK256 POP"),
    looping("KECCAK256, 64 KiB", "010000 PUSH0 KECCAK256 POP"),
    looping("SLOAD warm", "PUSH0 SLOAD POP"),
    looping("SLOAD cold", "GAS SLOAD POP"),
    looping("SSTORE new", "01 GAS SSTORE"),
    looping("TSTORE", "GAS DUP1 TSTORE"),
    looping("BALANCE cold", "GAS BALANCE POP"),
    looping("CALL empty warm", "00 00 00 00 00 CALLER GAS CALL POP"),
    looping("CALL empty cold", "00 00 00 00 00 GAS GAS CALL POP"),
    looping("STATICCALL empty warm", "00 00 00 00 CALLER GAS STATICCALL POP"),
    looping("DELEGATECALL empty warm", "00 00 00 00 CALLER GAS DELEGATECALL POP"),
    looping("CALL large contract", `00 00 00 00 00 ${LARGE_CONTRACT.slice(2)} GAS CALL POP`),
    looping("CODECOPY 1 KiB", "0400 PUSH0 PUSH0 CODECOPY"),
    looping("MCOPY 64 KiB", "010000 PUSH0 20 MCOPY"),
    looping("MCOPY 0", "PUSH0 PUSH0 PUSH0 MCOPY"),
    looping("MLOAD", "PUSH0 MLOAD POP"),
    looping("MSTORE growing", "PUSH0 MSIZE MSTORE"),
    looping("MSTORE8", "PUSH0 PUSH0 MSTORE8"),
    looping("LOG0 empty", "PUSH0 PUSH0 LOG0"),
    looping("LOG0 1 KiB", "0400 PUSH0 LOG0"),
    looping("CREATE empty", "PUSH0 PUSH0 PUSH0 CREATE POP"),
    looping("CREATE2 48 KiB", "GAS c000 PUSH0 PUSH0 CREATE2 POP"),
    looping("BLOCKHASH", "01 NUMBER SUB BLOCKHASH POP"),
    looping("EXTCODESIZE self", "ADDRESS EXTCODESIZE POP"),
    looping("EXTCODEHASH self", "ADDRESS EXTCODEHASH POP"),
  ];
}

export async function costPrograms(): Promise<CostProgram[]> {
  return [await ecrecover(), p256(), ...precompiles(), ...opcodes()];
}

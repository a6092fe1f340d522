/**
 * CUNP against an exact model in TypeScript: the same random history must leave the same state in both.
 *
 * Owns: the model and the histories. Seeds are fixed; a failure names its seed and step.
 */
import { expect } from "chai";
import type { ContractTransactionResponse } from "ethers";
import type { CUNP } from "../../types/ethers-contracts/index.js";
import { allowEmission, CAP, deployCUNP, FIGURE_6, GENESIS } from "../helpers/cunp.ts";
import { connect } from "../helpers/finality.ts";

const HOLDERS = 5;
const STEPS = 120;
const SEEDS = [1, 2, 3];
const PREFUND = 200_400n * 10n ** 18n;

/** xorshift32: the same numbers for the same seed. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/** The token as the specification says it, in five holders' accounts. */
class Model {
  readonly tokens: bigint[];
  emitted = GENESIS;
  supply: bigint;
  /** wei in the contract. */
  reserve: bigint;
  readonly native: boolean;

  constructor(native: boolean) {
    this.native = native;
    const prefund = native ? PREFUND : 0n;
    this.tokens = FIGURE_6.map((amount, index) => (index === 3 ? amount - prefund : amount));
    this.supply = GENESIS - prefund;
    this.reserve = native ? CAP - PREFUND : 0n;
  }

  /** Returns whether the contract must accept the action. */
  apply({ kind, from, to, amount }: Action): boolean {
    switch (kind) {
      case "transfer":
        if (this.tokens[from]! < amount) return false;
        this.#add(from, -amount);
        this.#add(to, amount);
        return true;
      case "burn":
        if (this.tokens[from]! < amount) return false;
        this.#add(from, -amount);
        this.supply -= amount;
        return true;
      case "mint":
        if (this.emitted + amount > CAP) return false;
        this.emitted += amount;
        this.supply += amount;
        this.#add(to, amount);
        return true;
      case "wrap":
        if (!this.native) return false;
        this.reserve += amount;
        this.supply += amount;
        this.#add(from, amount);
        return true;
      case "unwrap":
        if (!this.native || this.tokens[from]! < amount) return false;
        this.reserve -= amount;
        this.supply -= amount;
        this.#add(from, -amount);
        return true;
    }
  }

  #add(holder: number, amount: bigint): void {
    this.tokens[holder] = this.tokens[holder]! + amount;
  }
}

const KINDS = ["transfer", "burn", "mint", "wrap", "unwrap"] as const;
interface Action {
  readonly kind: (typeof KINDS)[number];
  readonly from: number;
  readonly to: number;
  readonly amount: bigint;
}

/** Amounts around what the holder has, around what is left of the cap, and small ones. */
function drawAction(random: (below: number) => number, model: Model): Action {
  const kind = KINDS[random(KINDS.length)]!;
  const from = random(HOLDERS);
  const to = random(HOLDERS);
  const limit = kind === "mint" ? CAP - model.emitted : model.tokens[from]!;
  const choices = [limit, limit + 1n, limit / 2n, BigInt(random(1_000_000)), 0n];
  const amount = kind === "wrap" ? BigInt(random(1_000_000)) : choices[random(choices.length)]!;
  return { kind, from, to, amount };
}

type Holder = Parameters<CUNP["connect"]>[0] & { readonly address: string };

function perform(cunp: CUNP, holders: readonly Holder[], { kind, from, to, amount }: Action) {
  const caller = cunp.connect(holders[from]!) as CUNP;
  const recipient = holders[to]!.address;
  const actions: Record<Action["kind"], () => Promise<ContractTransactionResponse>> = {
    transfer: () => caller.transfer(recipient, amount),
    burn: () => caller.burn(amount),
    mint: () => cunp.mint(recipient, amount),
    wrap: () => caller.wrap({ value: amount }),
    unwrap: () => caller.unwrap(amount),
  };
  return actions[kind]().then(
    () => true,
    () => false,
  );
}

describe("CUNP against its model", () => {
  for (const native of [true, false]) {
    for (const seed of SEEDS) {
      const network = native ? "a CUN chain" : "a foreign network";
      it(`[CUNP-1] [CUNP-2] [CUNP-3] agrees on ${network} after ${STEPS} random steps of seed ${seed}`, async () => {
        const connection = await connect();
        const system = await deployCUNP(connection, { native, prefund: native ? PREFUND : 0n });
        const { cunp, signers } = system;
        await allowEmission(system, signers[0]!.address);
        const holders = signers.slice(1, 1 + HOLDERS);
        const model = new Model(native);
        const random = numbers(seed);
        for (let step = 0; step < STEPS; step++) {
          const action = drawAction(random, model);
          const where = `seed ${seed}, step ${step}: ${action.kind} ${action.amount}`;
          expect(await perform(cunp, holders, action), where).to.equal(model.apply(action));
        }
        expect(await Promise.all(holders.map(({ address }) => cunp.balanceOf(address)))).to.deep.equal(model.tokens);
        expect(await cunp.totalSupply()).to.equal(model.supply);
        expect(await cunp.emitted()).to.equal(model.emitted);
        expect(await connection.ethers.provider.getBalance(await cunp.getAddress())).to.equal(model.reserve);
        expect(model.supply <= model.emitted && model.emitted <= CAP).to.equal(true);
      });
    }
  }
});

/**
 * Plays actions of the model on the real contracts, many in one transaction, and reads many views in one call.
 *
 * Owns: encoding, sending, decoding. Does not own: which contracts there are (stages in *-theatre.ts), what is right
 * (model). Called by: test/differential/history.ts.
 */
import { AbiCoder, type Interface } from "ethers";
import type { Troupe } from "../../types/ethers-contracts/index.js";
import type { Connection } from "../helpers/finality.ts";
import { type Action, type ActionKind, OPERATOR_STATES } from "./model/actions.ts";
import { STAGES } from "./model/stages.ts";
import { decodeAnswers, encodeSteps, type Step, wordsOf } from "./pages.ts";

export interface Member {
  readonly address: string;
  readonly interface: Interface;
}

export type Part = "scenery" | "cunp" | "emission" | "staking" | "vault" | "parameters";
export type Cast = Partial<Record<Part, Member>>;

/** What the contracts answered. */
export interface Answer {
  readonly accepted: boolean;
  /** Name of the custom error when refused. */
  readonly error: string;
  /** The first number returned. */
  readonly value: bigint | undefined;
}

export interface View {
  readonly part: Part;
  readonly view: string;
  readonly arguments: readonly unknown[];
}

interface Call {
  readonly part: Part;
  readonly name: string;
  readonly arguments: readonly unknown[];
}

type CallOf = { readonly [Kind in ActionKind]: (action: Extract<Action, { kind: Kind }>) => Call };

const staking = (name: string, ...values: readonly unknown[]): Call => ({ part: "staking", name, arguments: values });
const emission = (name: string, ...values: readonly unknown[]): Call => ({ part: "emission", name, arguments: values });

const CALLS: CallOf = {
  stake: ({ operator, amount }) => staking("stake", operator, amount),
  stakeFor: ({ staker, operator, amount }) => staking("stakeFor", staker, operator, amount),
  unstake: ({ operator, amount }) => staking("unstake", operator, amount),
  redelegate: ({ from, to, amount }) => staking("redelegate", from, to, amount),
  applyRedelegationSlash: ({ staker, operator }) => staking("applyRedelegationSlash", staker, operator),
  withdraw: ({ staker, id }) => staking("withdraw", staker, id),
  claim: ({ staker, operator }) => staking("claim", staker, operator),
  withdrawCommission: ({ operator }) => staking("withdrawCommission", operator),
  withdrawReward: ({ staker, day }) => ({ part: "vault", name: "withdraw", arguments: [staker, [day]] }),
  castPersonVote: ({ operator }) => staking("castPersonVote", operator),
  withdrawPersonVote: () => staking("withdrawPersonVote"),
  strikePersonVote: ({ account }) => staking("strikePersonVote", account),
  settleDays: () => staking("settleDays"),
  list: ({ operator }) => staking("list", operator),
  unlist: ({ operator }) => staking("unlist", operator),
  close: ({ operator }) => staking("close", operator),
  slash: ({ operator, slashBps }) => staking("slash", operator, slashBps),
  distribute: ({ payouts }) => staking("distribute", payouts),
  beginEpoch: ({ epoch }) => staking("beginEpoch", epoch),
  emitBlockReward: ({ recipient, amount }) => emission("emitBlockReward", recipient, amount),
  emitBusinessReward: ({ recipient, amount }) => emission("emitBusinessReward", recipient, amount),
  emitCommunity: ({ recipient, amount }) => emission("emitCommunity", recipient, amount),
  recordListing: () => emission("recordListing"),
  releaseTeam: () => emission("releaseTeam"),
  proposeParameter: ({ name, value }) => ({ part: "parameters", name: "propose", arguments: [asName(name), value] }),
  withdrawParameter: ({ name }) => ({ part: "parameters", name: "withdraw", arguments: [asName(name)] }),
  setOperator: ({ operator, state, authority, registeredAt }) => ({
    part: "scenery",
    name: "setOperator",
    arguments: [operator, OPERATOR_STATES.indexOf(state), authority, registeredAt],
  }),
  setStage: ({ stage }) => ({ part: "scenery", name: "enter", arguments: [STAGES.indexOf(stage)] }),
  setPerson: ({ account, person }) => ({ part: "scenery", name: "setPerson", arguments: [account, person] }),
  transfer: ({ to, amount }) => ({ part: "cunp", name: "transfer", arguments: [to, amount] }),
};

/** A parameter's name as contracts take it. */
export const asName = (name: string): string => `0x${Buffer.from(name).toString("hex").padEnd(64, "0")}`;

/** Below the cap of one transaction in Osaka, 2^24. */
const GAS_LIMIT = 16_000_000n;
const VIEWS_PER_CALL = 120;

export class Theatre {
  readonly #connection: Connection;
  readonly #troupe: Troupe;
  readonly #actors: ReadonlyMap<string, bigint>;
  readonly #cast: Cast;
  readonly #errors: readonly Interface[];
  readonly #questions = new Map<string, Step>();

  constructor(connection: Connection, troupe: Troupe, actors: readonly string[], cast: Cast) {
    this.#connection = connection;
    this.#troupe = troupe;
    this.#actors = new Map(actors.map((actor, index) => [actor, BigInt(index)]));
    this.#cast = cast;
    this.#errors = Object.values(cast).map((member) => member.interface);
  }

  /** All actions in one block at this time. */
  async play(actions: readonly Action[], time: bigint): Promise<Answer[]> {
    const calls = actions.map((action) => (CALLS[action.kind] as (action: Action) => Call)(action));
    const steps = actions.map((action, index) => ({
      actor: this.#actors.get(action.actor)!,
      ...this.#encode(calls[index]!),
    }));
    await this.#connection.networkHelpers.time.setNextBlockTimestamp(time);
    const receipt = await (await this.#troupe.play(steps, { gasLimit: GAS_LIMIT })).wait();
    const event = receipt!.logs.findLast(({ address }) => address === this.#troupe.target)!;
    const [answers] = this.#troupe.interface.decodeEventLog("Played", event.data, event.topics);
    return answers.map(({ accepted, data }: { accepted: boolean; data: string }, index: number) =>
      accepted ? this.#accepted(calls[index]!, data) : { accepted, error: this.#errorOf(data), value: undefined },
    );
  }

  /** Reads views of the newest block: the words of each result, in their order. */
  async look(views: readonly View[]): Promise<(readonly bigint[])[]> {
    const results: (readonly bigint[])[] = [];
    for (let at = 0; at < views.length; at += VIEWS_PER_CALL) {
      const page = views.slice(at, at + VIEWS_PER_CALL);
      const data = encodeSteps(
        this.#troupe.interface.getFunction("look").selector,
        page.map((view) => this.#question(view)),
      );
      const to = String(this.#troupe.target);
      const returned = (await this.#connection.provider.request({
        method: "eth_call",
        params: [{ to, data }, "latest"],
      })) as string;
      for (const [index, answer] of decodeAnswers(returned).entries()) {
        const { part, view } = page[index]!;
        if (!answer.accepted) throw new Error(`${part}.${view}: ${this.#errorOf(answer.data)}`);
        results.push(wordsOf(answer.data));
      }
    }
    return results;
  }

  /** The same views are read after every batch: each is encoded once. */
  #question({ part, view, arguments: values }: View): Step {
    const key = `${part}.${view}(${values.join()})`;
    const known = this.#questions.get(key) ?? { actor: 0n, ...this.#encode({ part, name: view, arguments: values }) };
    this.#questions.set(key, known);
    return known;
  }

  #encode({ part, name, arguments: values }: Call): { target: string; data: string } {
    const member = this.#cast[part];
    if (!member) throw new Error(`${part} is not on this stage`);
    return { target: member.address, data: member.interface.encodeFunctionData(name, values) };
  }

  #accepted({ part, name }: Call, data: string): Answer {
    const [value] = data === "0x" ? [] : this.#cast[part]!.interface.decodeFunctionResult(name, data);
    return { accepted: true, error: "", value: typeof value === "bigint" ? value : undefined };
  }

  #errorOf(data: string): string {
    for (const abi of this.#errors) {
      const name = abi.parseError(data)?.name;
      if (name)
        return name === "Panic"
          ? `Panic(${AbiCoder.defaultAbiCoder().decode(["uint256"], `0x${data.slice(10)}`)})`
          : name;
    }
    return data === "0x" ? "nothing" : data;
  }
}

/**
 * Hardhat's in-process chain (EDR, written over revm in Rust) as the oracle of what a transaction does.
 *
 * Owns: the same accounts, code, block environment and fork as the chain under test; mining on demand.
 * Does not own: comparison. It runs no system calls, so state roots and their contracts' slots differ.
 * Called by: test/node/execution/edr.test.ts.
 */
import type { Wallet } from "ethers";
import { createHardhatRuntimeEnvironment } from "hardhat/hre";
import { toHex } from "../../node/types/primitives.ts";
import { CHAIN_ID, COINBASE, GENESIS_TIME, WALLETS } from "./execution-chain.ts";

export interface OracleReceipt {
  readonly status: string;
  readonly gasUsed: string;
  readonly cumulativeGasUsed: string;
  readonly effectiveGasPrice: string;
  readonly contractAddress: string | null;
  readonly type: string;
  readonly logs: readonly { readonly address: string; readonly topics: readonly string[]; readonly data: string }[];
  readonly logsBloom: string;
}

export interface BlockEnvironment {
  readonly timestamp: number;
  readonly baseFee: bigint;
  readonly prevRandao: string;
}

export class EdrOracle {
  readonly #request: (method: string, params: unknown[]) => Promise<unknown>;
  readonly close: () => Promise<void>;

  private constructor(request: EdrOracle["ask"], close: () => Promise<void>) {
    this.#request = request;
    this.close = close;
  }

  static async open(code: Readonly<Record<string, string>>, wallets: readonly Wallet[] = WALLETS): Promise<EdrOracle> {
    const hre = await createHardhatRuntimeEnvironment({
      networks: {
        oracle: {
          type: "edr-simulated",
          chainType: "l1",
          hardfork: "osaka",
          chainId: CHAIN_ID,
          coinbase: COINBASE,
          blockGasLimit: 60_000_000,
          initialDate: new Date(GENESIS_TIME * 1000),
          allowUnlimitedContractSize: false,
          mining: { auto: false, mempool: { order: "fifo" } },
          accounts: wallets.map(({ privateKey }) => ({ privateKey, balance: (1000n * 10n ** 18n).toString() })),
        },
      },
    });
    const { provider, close } = await hre.network.create("oracle");
    const oracle = new EdrOracle((method, params) => provider.request({ method, params }), close);
    for (const [address, bytes] of Object.entries(code)) {
      await oracle.ask("hardhat_setCode", [address, bytes]);
      await oracle.ask("hardhat_setNonce", [address, "0x1"]);
    }
    return oracle;
  }

  ask(method: string, params: unknown[]): Promise<unknown> {
    return this.#request(method, params);
  }

  /** Mines the transactions as one block with this environment. */
  async mine(raws: readonly Uint8Array[], environment: BlockEnvironment): Promise<OracleReceipt[]> {
    const hashes: unknown[] = [];
    for (const raw of raws) hashes.push(await this.ask("eth_sendRawTransaction", [toHex(raw)]));
    await this.ask("evm_setNextBlockTimestamp", [environment.timestamp]);
    await this.ask("hardhat_setNextBlockBaseFeePerGas", [`0x${environment.baseFee.toString(16)}`]);
    await this.ask("hardhat_setPrevRandao", [environment.prevRandao]);
    await this.ask("evm_mine", []);
    const receipts = await Promise.all(hashes.map((hash) => this.ask("eth_getTransactionReceipt", [hash])));
    return receipts as OracleReceipt[];
  }
}

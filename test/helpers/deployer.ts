/**
 * Deployers whom things happen to: the process dies, somebody else is faster.
 *
 * Owns: signers that behave so. Called by: test/contracts/deploy.
 */
import type { Signer, TransactionRequest } from "ethers";

/** A signer with some of its methods replaced. */
export function withMethods(signer: Signer, methods: Partial<Signer>): Signer {
  return new Proxy(signer, {
    get(target, key) {
      if (key in methods) return methods[key as keyof Signer];
      const value = Reflect.get(target, key);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** Fails after this many transactions, as a process that dies would. */
export function dyingAfter(signer: Signer, transactions: number): Signer {
  let sent = 0;
  return withMethods(signer, {
    sendTransaction: (request) =>
      sent++ < transactions ? signer.sendTransaction(request) : Promise.reject(new Error("the process died")),
  });
}

/** Somebody with money of their own copies every transaction and is in a block first: before its gas is estimated. */
export function copiedBeforeEstimate(signer: Signer, attacker: Signer): Signer {
  return withMethods(signer, {
    estimateGas: async (request) => {
      await copy(request, attacker);
      return signer.estimateGas(request);
    },
  });
}

/** The same, but after the gas was estimated: the deployer's own transaction reverts in its block. */
export function copiedBeforeBlock(signer: Signer, attacker: Signer): Signer {
  return withMethods(signer, {
    sendTransaction: async (request) => {
      await copy(request, attacker);
      return signer.sendTransaction(request);
    },
  });
}

/** What only the deployer may do fails for the attacker, which is the point. */
async function copy({ to, data, value }: TransactionRequest, attacker: Signer): Promise<void> {
  await attacker
    .sendTransaction({ to: to ?? null, data: data ?? "0x", value: value ?? 0n })
    .then((response) => response.wait())
    .catch(() => undefined);
}

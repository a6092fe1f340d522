/**
 * The five buckets: what has been generated, what may still be, the eco-fund's rule and the team's release.
 *
 * Owns: caps, genesis of figure 6, clamping. All exact: whole wei only. Does not own: who asks for how much.
 * Called by: world.ts, scripts/simulate/economy. Whitepaper §3.1, figure 6, spec EMI-1 … EMI-9.
 */
import { maximum, minimum } from "./fraction.ts";

export const CUNP = 10n ** 18n;
export const CAP = 1_000_000_000n * CUNP;
export const RELEASE_SECONDS = 365n * 86_400n;

/** In the order of figure 6. */
export const BUCKETS = ["nodes", "business", "ecoFund", "community", "team"] as const;
export type BucketName = (typeof BUCKETS)[number];

export const BUCKET_CAPS: Readonly<Record<BucketName, bigint>> = {
  nodes: 450_000_000n * CUNP,
  business: 200_000_000n * CUNP,
  ecoFund: 100_000_000n * CUNP,
  community: 100_000_000n * CUNP,
  team: 150_000_000n * CUNP,
};

export const FIGURE_6: Readonly<Record<BucketName, bigint>> = {
  nodes: 110_000n * CUNP,
  business: 10_000_000n * CUNP,
  ecoFund: 930_000n * CUNP,
  community: 750_000n * CUNP,
  team: 7_500_000n * CUNP,
};

/** What one emission made. */
export interface Emitted {
  readonly granted: bigint;
  /** Minted to the eco-fund alongside. */
  readonly ecoFund: bigint;
}

export class EmissionModel {
  readonly generated: Record<BucketName, bigint> = { ...FIGURE_6 };
  listedAt = 0n;

  remaining(bucket: BucketName): bigint {
    return BUCKET_CAPS[bucket] - this.generated[bucket];
  }

  /** All that was ever made. */
  get total(): bigint {
    return BUCKETS.reduce((total, bucket) => total + this.generated[bucket], 0n);
  }

  /** Pays what is asked as far as the bucket reaches. */
  emit(bucket: Exclude<BucketName, "ecoFund" | "team">, requested: bigint): Emitted {
    return this.#generate(bucket, minimum(requested, this.remaining(bucket)));
  }

  recordListing(now: bigint): void {
    this.listedAt = now;
  }

  /** The team's part of 142,500,000 that time has reached and that is not minted yet. */
  releasable(now: bigint): bigint {
    if (this.listedAt === 0n) return 0n;
    const whole = BUCKET_CAPS.team - FIGURE_6.team;
    const elapsed = minimum(now - this.listedAt, RELEASE_SECONDS);
    return (whole * elapsed) / RELEASE_SECONDS - (this.generated.team - FIGURE_6.team);
  }

  releaseTeam(now: bigint): Emitted {
    return this.#generate("team", this.releasable(now));
  }

  /** Takes over a difference of dust in what the nodes' bucket has generated; returns the eco-fund's. */
  align(difference: bigint): bigint {
    this.generated.nodes += difference;
    const { nodes, community, team, ecoFund } = this.generated;
    const due = minimum(maximum(FIGURE_6.ecoFund, (nodes + community + team) / 9n), BUCKET_CAPS.ecoFund);
    this.generated.ecoFund = due;
    return due - ecoFund;
  }

  #generate(bucket: BucketName, amount: bigint): Emitted {
    this.generated[bucket] += amount;
    // Business mints do not move the eco-fund [EMI-5, reading of figure 6].
    if (amount === 0n || bucket === "business") return { granted: amount, ecoFund: 0n };
    const { nodes, community, team } = this.generated;
    const due = maximum(this.generated.ecoFund, (nodes + community + team) / 9n);
    const reached = minimum(due, BUCKET_CAPS.ecoFund);
    const ecoFund = reached - this.generated.ecoFund;
    this.generated.ecoFund = reached;
    return { granted: amount, ecoFund };
  }
}

/**
 * Exact rational numbers over bigint: what the reference model counts in, so that no rounding of its own can hide one
 * of the contracts.
 *
 * Owns: the arithmetic, and the fine grid on which long sums are kept. Does not own: what is counted.
 * Called by: test/differential/model, scripts/simulate/economy.
 */
export class Fraction {
  static readonly ZERO = new Fraction(0n, 1n);
  static readonly ONE = new Fraction(1n, 1n);

  /** In lowest terms, `denominator` above zero. */
  readonly numerator: bigint;
  readonly denominator: bigint;

  private constructor(numerator: bigint, denominator: bigint) {
    this.numerator = numerator;
    this.denominator = denominator;
  }

  static of(numerator: bigint | number, denominator: bigint | number = 1n): Fraction {
    let [n, d] = [BigInt(numerator), BigInt(denominator)];
    if (d === 0n) throw new RangeError(`${n} / 0 is no number`);
    if (d < 0n) [n, d] = [-n, -d];
    if (d === 1n) return new Fraction(n, 1n);
    const divisor = greatestCommonDivisor(n < 0n ? -n : n, d);
    return new Fraction(n / divisor, d / divisor);
  }

  plus(other: Fraction): Fraction {
    if (this.denominator === other.denominator) return Fraction.of(this.numerator + other.numerator, this.denominator);
    return Fraction.of(
      this.numerator * other.denominator + other.numerator * this.denominator,
      this.denominator * other.denominator,
    );
  }

  minus(other: Fraction): Fraction {
    return this.plus(new Fraction(-other.numerator, other.denominator));
  }

  times(other: Fraction): Fraction {
    return Fraction.of(this.numerator * other.numerator, this.denominator * other.denominator);
  }

  over(other: Fraction): Fraction {
    return Fraction.of(this.numerator * other.denominator, this.denominator * other.numerator);
  }

  /** Below zero when this is the smaller one, zero when both are equal. */
  compare(other: Fraction): number {
    const difference = this.numerator * other.denominator - other.numerator * this.denominator;
    return difference < 0n ? -1 : difference > 0n ? 1 : 0;
  }

  get isZero(): boolean {
    return this.numerator === 0n;
  }

  floor(): bigint {
    const quotient = this.numerator / this.denominator;
    return this.numerator < 0n && this.numerator % this.denominator !== 0n ? quotient - 1n : quotient;
  }

  ceil(): bigint {
    return -new Fraction(-this.numerator, this.denominator).floor();
  }

  /** For plots and messages only. */
  toNumber(): number {
    const whole = this.floor();
    const rest = this.numerator - whole * this.denominator;
    return Number(whole) + Number((rest << 64n) / this.denominator) / 2 ** 64;
  }

  toString(): string {
    return this.denominator === 1n ? String(this.numerator) : `${this.floor()} + ${this.toNumber() % 1}`;
  }
}

/** Greatest common divisor of two numbers that are not negative. */
export function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  let [large, small] = [a, b];
  while (small !== 0n) [large, small] = [small, large % small];
  return large === 0n ? 1n : large;
}

export const BPS = 10_000n;

export const bps = (value: bigint): Fraction => Fraction.of(value, BPS);

export const minimum = (a: bigint, b: bigint): bigint => (a < b ? a : b);

export const maximum = (a: bigint, b: bigint): bigint => (a > b ? a : b);

/**
 * Sums of thousands of daily parts would need fractions of 100,000 digits. They are kept in units of 2^-192 wei: each
 * addition loses less than one such unit, so a sum of 10^9 parts is right to 10^-48 wei.
 */
const FINE_BITS = 192n;

/** A sum on the fine grid. */
export class FineSum {
  #units = 0n;

  add(numerator: bigint, denominator: bigint): void {
    this.#units += (numerator << FINE_BITS) / denominator;
  }

  addFraction(value: Fraction): void {
    this.add(value.numerator, value.denominator);
  }

  subtract(wei: bigint): void {
    this.#units -= wei << FINE_BITS;
  }

  /** The other sum joins this one and is empty afterwards. */
  absorb(other: FineSum): void {
    this.#units += other.#units;
    other.#units = 0n;
  }

  get value(): Fraction {
    return Fraction.of(this.#units, 1n << FINE_BITS);
  }

  /** Whole wei, rounded down. */
  floor(): bigint {
    return this.#units >> FINE_BITS;
  }
}

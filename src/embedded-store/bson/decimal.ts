import { Decimal128 } from 'bson';

/** (-1)^negative × digits × 10^exponent, exactly. */
export interface FiniteDecimal {
  readonly negative: boolean;
  readonly digits: bigint;
  readonly exponent: number;
}

export type Decimal = FiniteDecimal | 'NaN' | 'Infinity' | '-Infinity';

const MAX_DIGITS = 34;
const BIAS = 6176;
const MIN_EXPONENT = -6176;
const MAX_EXPONENT = 6111;
const MAX_COEFFICIENT = 10n ** 34n - 1n;

export const pow10 = (exponent: number): bigint => 10n ** BigInt(exponent);

/** Reads IEEE 754-2008 decimal128 in its binary (BID) encoding, which is what BSON uses. */
export function parseDecimal(value: Decimal128): Decimal {
  const bytes = Buffer.from(value.bytes.buffer, value.bytes.byteOffset, 16);
  const high = bytes.readBigUInt64LE(8);
  const negative = high >> 63n === 1n;
  const combination = Number((high >> 58n) & 0x1fn);
  if (combination === 0x1f) return 'NaN';
  if (combination === 0x1e) return negative ? '-Infinity' : 'Infinity';
  // The second form stands for coefficients beyond 34 digits, which IEEE 754 reads as zero.
  if (combination >= 0x18) return { negative, digits: 0n, exponent: Number((high >> 47n) & 0x3fffn) - BIAS };
  const exponent = Number((high >> 49n) & 0x3fffn) - BIAS;
  const digits = ((high & 0x1_ffff_ffff_ffffn) << 64n) | bytes.readBigUInt64LE(0);
  return { negative, digits: digits > MAX_COEFFICIENT ? 0n : digits, exponent };
}

/** Rounds half to even where 34 digits or the exponent range do not hold the value. */
export function formatDecimal(decimal: Decimal): Decimal128 {
  if (decimal === 'NaN') return build(0x7c00n << 48n, 0n);
  if (decimal === 'Infinity') return build(0x7800n << 48n, 0n);
  if (decimal === '-Infinity') return build(0xf800n << 48n, 0n);
  const fitted = fit(decimal);
  if (typeof fitted === 'string') return formatDecimal(fitted);
  const high = (BigInt(fitted.exponent + BIAS) << 49n) | (fitted.digits >> 64n) | (fitted.negative ? 1n << 63n : 0n);
  return build(high, fitted.digits & 0xffff_ffff_ffff_ffffn);
}

function build(high: bigint, low: bigint): Decimal128 {
  const bytes = Buffer.alloc(16);
  bytes.writeBigUInt64LE(low, 0);
  bytes.writeBigUInt64LE(high, 8);
  return new Decimal128(bytes);
}

export const countDigits = (digits: bigint): number => (digits === 0n ? 0 : digits.toString().length);

function fit({ negative, digits, exponent }: FiniteDecimal): Decimal {
  const excess = Math.max(countDigits(digits) - MAX_DIGITS, MIN_EXPONENT - exponent);
  if (excess > 0) {
    const rounded = divideHalfEven(digits, excess);
    // 99…9 may round up to 35 digits.
    return fit({ negative, digits: rounded, exponent: exponent + excess });
  }
  if (exponent <= MAX_EXPONENT) return { negative, digits, exponent };
  if (digits === 0n) return { negative, digits, exponent: MAX_EXPONENT };
  const padding = exponent - MAX_EXPONENT;
  if (countDigits(digits) + padding > MAX_DIGITS) return negative ? '-Infinity' : 'Infinity';
  return { negative, digits: digits * pow10(padding), exponent: MAX_EXPONENT };
}

/** @returns digits / 10^places, half to even */
function divideHalfEven(digits: bigint, places: number): bigint {
  // More places than digits leave less than a tenth; also keeps the power small.
  if (places > countDigits(digits) + 1) return 0n;
  const divisor = pow10(places);
  const quotient = digits / divisor;
  const twice = (digits % divisor) * 2n;
  const up = twice > divisor || (twice === divisor && quotient % 2n === 1n);
  return up ? quotient + 1n : quotient;
}

const signed = (decimal: FiniteDecimal): bigint => (decimal.negative ? -decimal.digits : decimal.digits);

const fromSigned = (digits: bigint, exponent: number): FiniteDecimal =>
  digits < 0n ? { negative: true, digits: -digits, exponent } : { negative: false, digits, exponent };

export const decimalFromBigInt = (value: bigint): FiniteDecimal => fromSigned(value, 0);

/** @returns the double with all its digits, which may be more than 34 */
export function decimalFromDouble(value: number): Decimal {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  const negative = value < 0 || Object.is(value, -0);
  const [mantissa, exponent] = split(Math.abs(value));
  if (exponent >= 0) return { negative, digits: mantissa << BigInt(exponent), exponent: 0 };
  // m / 2^k = m × 5^k / 10^k
  return { negative, digits: mantissa * 5n ** BigInt(-exponent), exponent };
}

/** @returns value = mantissa × 2^exponent, with the mantissa odd or zero */
function split(value: number): [mantissa: bigint, exponent: number] {
  if (value === 0) return [0n, 0];
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const biased = Number(bits >> 52n);
  let mantissa = bits & 0xf_ffff_ffff_ffffn;
  let exponent = biased === 0 ? -1074 : biased - 1075;
  if (biased !== 0) mantissa |= 1n << 52n;
  while (mantissa % 2n === 0n) {
    mantissa /= 2n;
    exponent++;
  }
  return [mantissa, exponent];
}

/** @returns the nearest double */
export function decimalToDouble(decimal: Decimal): number {
  if (typeof decimal === 'string') return Number(decimal);
  return Number(`${decimal.negative ? '-' : ''}${decimal.digits}e${decimal.exponent}`);
}

/** Cuts off the fraction. @returns undefined for NaN, infinities and what is far beyond int64 */
export function decimalToBigInt(decimal: Decimal): bigint | undefined {
  if (typeof decimal === 'string') return undefined;
  if (decimal.digits === 0n || countDigits(decimal.digits) + decimal.exponent <= 0) return 0n;
  if (countDigits(decimal.digits) + decimal.exponent > 40) return undefined;
  const value = signed(decimal);
  return decimal.exponent >= 0 ? value * pow10(decimal.exponent) : value / pow10(-decimal.exponent);
}

export function addDecimals(a: Decimal, b: Decimal): Decimal {
  if (typeof a === 'string' || typeof b === 'string') {
    if (typeof a === 'string' && typeof b === 'string') return a === b ? a : 'NaN';
    return typeof a === 'string' ? a : b;
  }
  const exponent = Math.min(a.exponent, b.exponent);
  const sum = signed(a) * pow10(a.exponent - exponent) + signed(b) * pow10(b.exponent - exponent);
  if (sum === 0n) return { negative: a.negative && b.negative, digits: 0n, exponent };
  return fromSigned(sum, exponent);
}

export const negateDecimal = (decimal: Decimal): Decimal => {
  if (decimal === 'NaN') return decimal;
  if (typeof decimal === 'string') return decimal === 'Infinity' ? '-Infinity' : 'Infinity';
  return { ...decimal, negative: !decimal.negative };
};

const isNegative = (decimal: Decimal): boolean =>
  typeof decimal === 'string' ? decimal === '-Infinity' : decimal.negative;

const isZero = (decimal: Decimal): boolean => typeof decimal !== 'string' && decimal.digits === 0n;

const infinity = (negative: boolean): Decimal => (negative ? '-Infinity' : 'Infinity');

export function multiplyDecimals(a: Decimal, b: Decimal): Decimal {
  const negative = isNegative(a) !== isNegative(b);
  if (typeof a === 'string' || typeof b === 'string') {
    if (a === 'NaN' || b === 'NaN' || isZero(a) || isZero(b)) return 'NaN';
    return infinity(negative);
  }
  return { negative, digits: a.digits * b.digits, exponent: a.exponent + b.exponent };
}

/** @param b not zero: what division by zero means is for the caller to say */
export function divideDecimals(a: Decimal, b: Decimal): Decimal {
  const negative = isNegative(a) !== isNegative(b);
  if (a === 'NaN' || b === 'NaN') return 'NaN';
  if (typeof a === 'string') return typeof b === 'string' ? 'NaN' : infinity(negative);
  if (typeof b === 'string') return { negative, digits: 0n, exponent: MIN_EXPONENT };
  const ideal = a.exponent - b.exponent;
  if (a.digits === 0n) return { negative, digits: 0n, exponent: ideal };
  // Enough digits that rounding to 34 sees more than half a unit; a remainder leaves a 1 behind them.
  const shift = Math.max(0, MAX_DIGITS + 3 + countDigits(b.digits) - countDigits(a.digits));
  const dividend = a.digits * pow10(shift);
  const quotient = dividend / b.digits;
  if (dividend % b.digits !== 0n) return { negative, digits: quotient * 10n + 1n, exponent: ideal - shift - 1 };
  return towardsExponent({ negative, digits: quotient, exponent: ideal - shift }, ideal);
}

/** Drops trailing zeros, as long as the exponent stays at most `ideal`. */
function towardsExponent(decimal: FiniteDecimal, ideal: number): FiniteDecimal {
  let { digits, exponent } = decimal;
  while (exponent < ideal && digits % 10n === 0n) {
    digits /= 10n;
    exponent++;
  }
  return { negative: decimal.negative, digits, exponent };
}

/** The remainder has the sign of `a`. @param b not zero */
export function remainderOfDecimals(a: Decimal, b: Decimal): Decimal {
  if (typeof a === 'string' || b === 'NaN') return 'NaN';
  if (typeof b === 'string') return a;
  const exponent = Math.min(a.exponent, b.exponent);
  const digits = (a.digits * pow10(a.exponent - exponent)) % (b.digits * pow10(b.exponent - exponent));
  return { negative: a.negative, digits, exponent };
}

/** Exact, between finite decimals. */
export function compareDecimals(a: FiniteDecimal, b: FiniteDecimal): number {
  const signA = a.digits === 0n ? 0 : a.negative ? -1 : 1;
  const signB = b.digits === 0n ? 0 : b.negative ? -1 : 1;
  if (signA !== signB) return signA < signB ? -1 : 1;
  if (signA === 0) return 0;
  const magnitude = countDigits(a.digits) + a.exponent - (countDigits(b.digits) + b.exponent);
  if (magnitude !== 0) return magnitude < 0 ? -signA : signA;
  const exponent = Math.min(a.exponent, b.exponent);
  const left = a.digits * pow10(a.exponent - exponent);
  const right = b.digits * pow10(b.exponent - exponent);
  if (left === right) return 0;
  return left < right ? -signA : signA;
}

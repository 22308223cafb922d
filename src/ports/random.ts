/** Randomness as a system may ask for it. */
export interface Random {
  /** 128 random bits as 32 hexadecimal digits: a name that nobody else will draw. */
  token(): string
  /** A number in [0, 1). */
  unit(): number
}

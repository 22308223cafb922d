/** The part of jStat that is used here; the package ships no types. */
declare module 'jstat' {
  const jstat: {
    readonly jStat: {
      readonly beta: { inv(probability: number, alpha: number, beta: number): number }
      /** The logarithm of the gamma function. */
      gammaln(x: number): number
    }
  }
  export default jstat
}

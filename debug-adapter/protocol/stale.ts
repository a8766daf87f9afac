/** Whether an image is older than what it was built from. */

/** Files that one checkout or one build writes may differ by so many milliseconds, in any order. */
const TOLERANCE = 2_000;

/** @param image @param source times of the last change in milliseconds since 1970 */
export const isStale = (image: number, source: number): boolean => source > image + TOLERANCE;

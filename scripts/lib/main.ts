/** A mistake of the person at the keyboard or of their computer: its message is all that they need. */
export class Complaint extends Error {}

/** Runs a script's main function; its number becomes the exit code, an error becomes 1 with its text on stderr. */
export async function runMain(main: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await main();
  } catch (error) {
    console.error(error instanceof Complaint ? error.message : error);
    process.exitCode = 1;
  }
}

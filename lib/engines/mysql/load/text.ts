import type mysql from 'mysql2/promise';

/** What the server says about a statement, or why the session ended. */
export interface TextFault {
  errno: number;
  /** In the wording of the clients, with the dump's line. */
  message: string;
}

const LOST_CONNECTION = 2013;

/**
 * Runs one statement byte by byte, in a session that was opened for this (charset latin1).
 * @returns why it failed; undefined if it didn't.
 */
export async function runText(client: mysql.Connection, text: Buffer, line: number): Promise<TextFault | undefined> {
  try {
    await client.query(text.toString('latin1'));
    return undefined;
  } catch (error) {
    const { errno, sqlState, message } = error as { errno?: number; sqlState?: string; message: string };
    const isServers = errno !== undefined && sqlState !== undefined;
    const number = isServers ? errno : LOST_CONNECTION;
    const said = Buffer.from(message, 'latin1').toString('utf8');
    return { errno: number, message: `ERROR ${number} (${sqlState ?? 'HY000'}) at line ${line}: ${said}` };
  }
}

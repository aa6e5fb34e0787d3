import type mysql from 'mysql2/promise';

/** What the server, or the end of the session, says of a statement. */
export interface TextFault {
  errno: number;
  /** As the clients word it, for the line of the dump. */
  message: string;
}

const LOST_CONNECTION = 2013;

/**
 * Runs one statement byte by byte, in a session that was opened for that (charset latin1).
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

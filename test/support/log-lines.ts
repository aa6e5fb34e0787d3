import { vi } from 'vitest';

/** Everything that has been written to the process's output as JSON lines while the work was done. */
export async function logLinesOf(work: () => Promise<unknown>): Promise<Record<string, unknown>[]> {
  const written: string[] = [];
  const spies = [process.stdout, process.stderr].map((stream) =>
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      written.push(String(text));
      return true;
    }),
  );
  try {
    await work();
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return jsonLines(written.join(''));
}

export function jsonLines(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

interface EmbeddedMetrics {
  _aws: {
    CloudWatchMetrics: { Namespace: string; Dimensions: string[][]; Metrics: { Name: string; Unit: string }[] }[];
  };
}

/** The metrics that CloudWatch makes of log lines, each as `<namespace> <name> {"dimension": "value"}`. */
export function metricsIn(lines: Record<string, unknown>[]): string[] {
  return lines
    .filter((line) => '_aws' in line)
    .flatMap((line) =>
      (line as unknown as EmbeddedMetrics)._aws.CloudWatchMetrics.flatMap(({ Namespace, Dimensions, Metrics }) =>
        Metrics.flatMap(({ Name }) =>
          Dimensions.map((names) =>
            metricKey(
              Namespace,
              Name,
              names.map((name) => [name, String(line[name])]),
            ),
          ),
        ),
      ),
    );
}

export function metricKey(namespace: string, name: string, dimensions: [string, string][]): string {
  return `${namespace} ${name} ${JSON.stringify(Object.fromEntries([...dimensions].sort()))}`;
}

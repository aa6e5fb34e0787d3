import './log.css';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Toggle from '@cloudscape-design/components/toggle';
import { useLayoutEffect, useRef, useState } from 'react';

interface LogProps {
  text: string;
  fileName: string;
  /** Whether more lines may come. */
  live: boolean;
}

/** A log that stays scrolled to its end while it grows, unless the reader scrolls up. */
export function Log({ text, fileName, live }: LogProps) {
  const [follow, setFollow] = useState(true);
  const box = useRef<HTMLElement>(null);
  const lastTop = useRef(0);

  // the effect doesn't use `text`, but its end moves when it grows
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  useLayoutEffect(() => {
    if (follow && live && box.current !== null) box.current.scrollTop = box.current.scrollHeight;
  }, [follow, live, text]);

  /** Only the reader scrolls up, because this component only scrolls to the end. */
  function pauseWhenScrolledUp({ scrollTop, scrollHeight, clientHeight }: HTMLElement) {
    const atEnd = scrollHeight - scrollTop - clientHeight < 2;
    if (scrollTop < lastTop.current && !atEnd) setFollow(false);
    lastTop.current = scrollTop;
  }

  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            <SpaceBetween direction="horizontal" size="xs" alignItems="center">
              {live && (
                <Toggle checked={follow} onChange={({ detail }) => setFollow(detail.checked)}>
                  Follow
                </Toggle>
              )}
              <CopyToClipboard
                copyButtonText="Copy"
                copyButtonAriaLabel="Copy the log"
                copySuccessText="Log copied"
                copyErrorText="Copying the log failed: download it instead"
                textToCopy={text}
                disabled={text === ''}
                disabledReason="The log is still empty."
              />
              <Button
                iconName="download"
                disabled={text === ''}
                disabledReason="The log is still empty."
                ariaLabel="Download the log"
                onClick={() => saveText(fileName, text)}
              >
                Download
              </Button>
            </SpaceBetween>
          }
        >
          Log
        </Header>
      }
    >
      {text === '' ? (
        <Box color="text-body-secondary">{live ? 'Nothing has been logged yet.' : 'Nothing was logged.'}</Box>
      ) : (
        <Box variant="code">
          <section
            ref={box}
            className="log"
            aria-label="Log"
            // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be within the reach of the keyboard
            tabIndex={0}
            onScroll={({ currentTarget }) => pauseWhenScrolledUp(currentTarget)}
          >
            {text}
          </section>
        </Box>
      )}
    </Container>
  );
}

/** Makes the browser save a text as a file. */
function saveText(fileName: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = fileName;
  link.click();
  URL.revokeObjectURL(url);
}

import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard';

/**
 * A text with a button that copies it.
 * @param what the name of the text for screen readers: `the checksum`.
 */
export function Copyable({ text, what }: { text: string; what: string }) {
  return (
    <CopyToClipboard
      variant="inline"
      textToCopy={text}
      copyButtonAriaLabel={`Copy ${what}`}
      copySuccessText="Copied"
      copyErrorText="Copying failed: select the text and copy it yourself"
    />
  );
}

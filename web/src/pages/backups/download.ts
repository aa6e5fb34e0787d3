/** Opens each object in the browser. The response is a redirect to a file to save, so the page stays. */
export async function download(backups: { id: string }[]): Promise<void> {
  for (const { id } of backups) {
    const link = document.createElement('a');
    link.href = `/api/backups/${id}/download`;
    link.download = '';
    link.click();
    // browsers drop all but the last of several at once
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

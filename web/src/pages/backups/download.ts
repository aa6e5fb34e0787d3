/** Leads the browser to each object. The answer is a redirect that says "save as", so the page stays. */
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

/** Opens each object's link in the browser. The response redirects to a file that is saved, so the page stays open. */
export async function download(backups: { id: string }[]): Promise<void> {
  for (const { id } of backups) {
    const link = document.createElement('a');
    link.href = `/api/backups/${id}/download`;
    link.download = '';
    link.click();
    // if several are opened at once, browsers drop all but the last one
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

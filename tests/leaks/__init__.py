"""What nobody may be shown, looked for everywhere: reliability's leak classes, the access matrix, planted leaks."""

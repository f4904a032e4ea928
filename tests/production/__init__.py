"""The production profile: its checks before serving, and the little that it reveals."""

"""The pages of the workspace that stand above the apps: they read from all of them and hold no rule."""

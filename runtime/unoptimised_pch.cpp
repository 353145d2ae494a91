// Carries the precompiled header of what is not optimised under sanitizers.

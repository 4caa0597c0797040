jitney completion bash | bash -n && echo bash parses
jitney completion zsh >/tmp/jitney-zsh.$$ && { command -v zsh >/dev/null && zsh -n /tmp/jitney-zsh.$$; echo zsh parses; }
rm -f /tmp/jitney-zsh.$$
jitney completion fish | { command -v fish >/dev/null && fish -n || cat >/dev/null; echo fish parses; }
# A shell completes options of the command at hand.
bash -c 'eval "$(jitney completion bash)"; COMP_WORDS=(jitney report --sp); COMP_CWORD=2; _jitney; echo "${COMPREPLY[@]}"
COMP_WORDS=(jitney re); COMP_CWORD=1; _jitney; echo "${COMPREPLY[@]}"'
jitney completion --man report | man -l --warnings - 2>&1 | head -5
jitney completion tcsh; echo "exit $?"
jitney --version

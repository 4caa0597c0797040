# A picture needs no script and tells each frame's samples.
printf 'node;main;work_[j] 70\nnode;main;read;vfs_read_[k] 30\n' >in.folded
jitney flame in.folded --svg --title 'Two functions' | sed '/<style>/,/<\/style>/d'

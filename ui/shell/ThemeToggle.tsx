import { Moon, Sun } from 'lucide-react';
import { IconButton } from '../parts/Button.tsx';
import { useTheme } from '../theme.ts';

export function ThemeToggle() {
  const [theme, toggle] = useTheme();
  const Icon = theme === 'dark' ? Sun : Moon;
  return (
    <IconButton label={theme === 'dark' ? 'Use the light theme' : 'Use the dark theme'} onClick={toggle}>
      <Icon aria-hidden size={16} />
    </IconButton>
  );
}

import { Moon, Sun } from 'lucide-react';
import { IconButton } from '../parts/Button.tsx';
import { toggleTheme, useTheme } from '../theme.ts';

export function ThemeToggle() {
  const theme = useTheme();
  const Icon = theme === 'dark' ? Sun : Moon;
  return (
    <IconButton
      label={theme === 'dark' ? 'Use the light theme' : 'Use the dark theme'}
      onClick={toggleTheme}
    >
      <Icon aria-hidden size={16} />
    </IconButton>
  );
}

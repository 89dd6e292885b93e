import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { asked } from './api/use-ask.ts';
import { Frame } from './shell/frame.tsx';
import { SignedIn } from './shell/session.tsx';
import './ui/tokens.css';
import './ui/base.css';

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <QueryClientProvider client={asked}>
      <SignedIn>
        <Frame />
      </SignedIn>
    </QueryClientProvider>
  </StrictMode>,
);

import type { SentFile } from "../../shared/protocol.ts";
import { isOurs } from "../../shared/links.ts";
import type { Upload } from "../uploads.ts";
import { Icon } from "./icons.tsx";
import { useTalk } from "./talk.ts";

export function FileView({ file }: { file: SentFile }) {
  const { say } = useTalk();
  if (!isOurs(file.url)) return <span class="file">{file.name}</span>;
  return (
    <a class={isImage(file) ? "picture" : "file"} href={file.url} target="_blank" rel="noopener noreferrer">
      {isImage(file) ? (
        <img
          src={file.url}
          alt={say("image", { name: file.name })}
          width={file.width}
          height={file.height}
          loading="lazy"
        />
      ) : (
        <>
          <Icon name="file" />
          <span>{file.name}</span>
          <small>{size(file.bytes)}</small>
        </>
      )}
    </a>
  );
}

export function UploadView({ upload }: { upload: Upload }) {
  const { session, language, say } = useTalk();
  return (
    <li class="line customer">
      <div class={upload.fault ? "bubble upload failed" : "bubble upload"}>
        {upload.preview ? <img src={upload.preview} alt="" /> : <Icon name="file" />}
        <span>{upload.name}</span>
        {upload.fault ? (
          <small role="alert">{upload.fault[language]}</small>
        ) : (
          <progress value={upload.progress} aria-label={say("uploading", { name: upload.name })} />
        )}
      </div>
      {upload.fault && (
        <p class="meta">
          <button type="button" class="link" onClick={() => session.dismiss(upload.id)}>
            {say("remove")}
          </button>
        </p>
      )}
    </li>
  );
}

function isImage(file: SentFile): boolean {
  return /^image\/(png|jpeg|gif|webp)$/u.test(file.type);
}

function size(bytes: number): string {
  return bytes < 1_000_000 ? `${Math.max(1, Math.round(bytes / 1000))} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

//! The requests of one client. Each runs on a thread for blocking work, one after the other.

use std::collections::HashMap;
use std::fs::{self, DirBuilder, File, OpenOptions, ReadDir};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use russh_sftp::protocol::{
    Attrs, Data, File as NamedFile, FileAttributes, Handle, Name, OpenFlags, Packet, Status,
    StatusCode, Version,
};
use russh_sftp::server::{Handler, StatusReply};

use super::open_files::{Open, OpenFiles};
use super::{attributes, paths};

/// Bytes of one read: clients ask for at most this much and take less as the end of nothing.
const READ_BYTES_MAX: usize = 255 * 1024;

/// Names of one answer: a few tens of kilobytes.
const NAMES_MAX: usize = 256;

/// The modes of what a client creates without naming one; the process's mask applies.
const FILE_MODE: u32 = 0o666;
const DIRECTORY_MODE: u32 = 0o777;

/// One client's files.
#[derive(Debug)]
pub(super) struct Files {
    directory: PathBuf,
    open: OpenFiles,
}

impl Files {
    pub(super) fn new(directory: PathBuf) -> Self {
        Self { directory, open: OpenFiles::default() }
    }

    fn path(&self, path: &str) -> PathBuf {
        paths::absolute(&self.directory, path)
    }

    fn file(&self, handle: &str) -> Result<std::sync::Arc<File>, StatusReply> {
        self.open.file(handle).ok_or_else(|| StatusCode::Failure.with_message("no such handle"))
    }

    fn room(&self) -> Result<(), StatusReply> {
        let full = || StatusCode::Failure.with_message("too many files are open");
        self.open.has_room().then_some(()).ok_or_else(full)
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, StatusReply> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result.map_err(|error| refusal(&error)),
        Err(_) => Err(StatusCode::Failure.into()),
    }
}

fn refusal(error: &io::Error) -> StatusReply {
    let code = match error.kind() {
        io::ErrorKind::NotFound => StatusCode::NoSuchFile,
        io::ErrorKind::PermissionDenied => StatusCode::PermissionDenied,
        io::ErrorKind::UnexpectedEof => StatusCode::Eof,
        _ => StatusCode::Failure,
    };
    code.with_message(error.to_string())
}

fn done(id: u32) -> Status {
    Status {
        id,
        status_code: StatusCode::Ok,
        error_message: "Ok".to_owned(),
        language_tag: "en-US".to_owned(),
    }
}

fn one_name(id: u32, path: &Path) -> Name {
    Name { id, files: vec![NamedFile::dummy(path.to_string_lossy())] }
}

fn read_names(directory: &Mutex<ReadDir>) -> io::Result<Vec<NamedFile>> {
    let mut directory = directory.lock().unwrap_or_else(PoisonError::into_inner);
    let mut names = Vec::new();
    for entry in directory.by_ref().take(NAMES_MAX) {
        let entry = entry?;
        // An entry may vanish between the two calls.
        let attributes =
            entry.metadata().map(|metadata| attributes::of(&metadata)).unwrap_or_default();
        names.push(NamedFile::new(entry.file_name().to_string_lossy(), attributes));
    }
    Ok(names)
}

/// Two strings as the protocol writes them: a length of four bytes and the text, twice.
fn two_strings(data: &[u8]) -> Option<(String, String)> {
    let (first, rest) = string(data)?;
    let (second, rest) = string(rest)?;
    rest.is_empty().then_some((first, second))
}

fn string(data: &[u8]) -> Option<(String, &[u8])> {
    let (length, rest) = data.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let (text, rest) = rest.split_at_checked(length)?;
    Some((String::from_utf8(text.to_vec()).ok()?, rest))
}

impl Handler for Files {
    type Error = StatusReply;

    fn unimplemented(&self) -> Self::Error {
        StatusCode::OpUnsupported.into()
    }

    async fn init(
        &mut self,
        _version: u32,
        _extensions: HashMap<String, String>,
    ) -> Result<Version, Self::Error> {
        let known = ["posix-rename@openssh.com", "hardlink@openssh.com", "fsync@openssh.com"];
        let mut version = Version::new();
        version.extensions = known.map(|name| (name.to_owned(), "1".to_owned())).into();
        Ok(version)
    }

    async fn open(
        &mut self,
        id: u32,
        filename: String,
        pflags: OpenFlags,
        attrs: FileAttributes,
    ) -> Result<Handle, Self::Error> {
        self.room()?;
        let path = self.path(&filename);
        let mut options = OpenOptions::from(pflags);
        options.mode(attributes::mode(&attrs, FILE_MODE));
        let file = blocking(move || options.open(path)).await?;
        Ok(Handle { id, handle: self.open.insert(Open::File(file.into())) })
    }

    async fn close(&mut self, id: u32, handle: String) -> Result<Status, Self::Error> {
        match self.open.remove(&handle) {
            Some(_) => Ok(done(id)),
            None => Err(StatusCode::Failure.with_message("no such handle")),
        }
    }

    async fn read(
        &mut self,
        id: u32,
        handle: String,
        offset: u64,
        len: u32,
    ) -> Result<Data, Self::Error> {
        let file = self.file(&handle)?;
        let wanted = usize::try_from(len).unwrap_or(usize::MAX).min(READ_BYTES_MAX);
        let data = blocking(move || {
            let mut data = vec![0; wanted];
            let count = file.read_at(&mut data, offset)?;
            data.truncate(count);
            Ok(data)
        })
        .await?;
        if data.is_empty() && wanted > 0 {
            Err(StatusCode::Eof.into())
        } else {
            Ok(Data { id, data })
        }
    }

    async fn write(
        &mut self,
        id: u32,
        handle: String,
        offset: u64,
        data: Vec<u8>,
    ) -> Result<Status, Self::Error> {
        let file = self.file(&handle)?;
        blocking(move || file.write_all_at(&data, offset)).await?;
        Ok(done(id))
    }

    async fn lstat(&mut self, id: u32, path: String) -> Result<Attrs, Self::Error> {
        let path = self.path(&path);
        let metadata = blocking(move || path.symlink_metadata()).await?;
        Ok(Attrs { id, attrs: attributes::of(&metadata) })
    }

    async fn stat(&mut self, id: u32, path: String) -> Result<Attrs, Self::Error> {
        let path = self.path(&path);
        let metadata = blocking(move || path.metadata()).await?;
        Ok(Attrs { id, attrs: attributes::of(&metadata) })
    }

    async fn fstat(&mut self, id: u32, handle: String) -> Result<Attrs, Self::Error> {
        let file = self.file(&handle)?;
        let metadata = blocking(move || file.metadata()).await?;
        Ok(Attrs { id, attrs: attributes::of(&metadata) })
    }

    async fn setstat(
        &mut self,
        id: u32,
        path: String,
        attrs: FileAttributes,
    ) -> Result<Status, Self::Error> {
        let path = self.path(&path);
        blocking(move || attributes::set_on_path(&path, &attrs)).await?;
        Ok(done(id))
    }

    async fn fsetstat(
        &mut self,
        id: u32,
        handle: String,
        attrs: FileAttributes,
    ) -> Result<Status, Self::Error> {
        let file = self.file(&handle)?;
        blocking(move || attributes::set_on_file(&file, &attrs)).await?;
        Ok(done(id))
    }

    async fn opendir(&mut self, id: u32, path: String) -> Result<Handle, Self::Error> {
        self.room()?;
        let path = self.path(&path);
        let directory = blocking(move || fs::read_dir(path)).await?;
        Ok(Handle { id, handle: self.open.insert(Open::Directory(Mutex::new(directory).into())) })
    }

    async fn readdir(&mut self, id: u32, handle: String) -> Result<Name, Self::Error> {
        let directory = self.open.directory(&handle);
        let directory =
            directory.ok_or_else(|| StatusCode::Failure.with_message("no such handle"))?;
        let files = blocking(move || read_names(&directory)).await?;
        if files.is_empty() { Err(StatusCode::Eof.into()) } else { Ok(Name { id, files }) }
    }

    async fn remove(&mut self, id: u32, filename: String) -> Result<Status, Self::Error> {
        let path = self.path(&filename);
        blocking(move || fs::remove_file(path)).await?;
        Ok(done(id))
    }

    async fn mkdir(
        &mut self,
        id: u32,
        path: String,
        attrs: FileAttributes,
    ) -> Result<Status, Self::Error> {
        let path = self.path(&path);
        let mode = attributes::mode(&attrs, DIRECTORY_MODE);
        blocking(move || DirBuilder::new().mode(mode).create(path)).await?;
        Ok(done(id))
    }

    async fn rmdir(&mut self, id: u32, path: String) -> Result<Status, Self::Error> {
        let path = self.path(&path);
        blocking(move || fs::remove_dir(path)).await?;
        Ok(done(id))
    }

    async fn realpath(&mut self, id: u32, path: String) -> Result<Name, Self::Error> {
        let path = self.path(&path);
        let real = blocking(move || paths::real(&path)).await?;
        Ok(one_name(id, &real))
    }

    async fn rename(
        &mut self,
        id: u32,
        oldpath: String,
        newpath: String,
    ) -> Result<Status, Self::Error> {
        let (from, to) = (self.path(&oldpath), self.path(&newpath));
        blocking(move || {
            // Version 3 wants a rename to fail on an existing file; the extension replaces it.
            let flags = rustix::fs::RenameFlags::NOREPLACE;
            Ok(rustix::fs::renameat_with(rustix::fs::CWD, from, rustix::fs::CWD, to, flags)?)
        })
        .await?;
        Ok(done(id))
    }

    async fn readlink(&mut self, id: u32, path: String) -> Result<Name, Self::Error> {
        let path = self.path(&path);
        let target = blocking(move || fs::read_link(path)).await?;
        Ok(one_name(id, &target))
    }

    async fn symlink(
        &mut self,
        id: u32,
        linkpath: String,
        targetpath: String,
    ) -> Result<Status, Self::Error> {
        // OpenSSH sends the two the other way round than the draft says, and so do all who want
        // to work with it.
        let link = self.path(&targetpath);
        blocking(move || std::os::unix::fs::symlink(linkpath, link)).await?;
        Ok(done(id))
    }

    async fn extended(
        &mut self,
        id: u32,
        request: String,
        data: Vec<u8>,
    ) -> Result<Packet, Self::Error> {
        let malformed = || StatusReply::from(StatusCode::BadMessage);
        match request.as_str() {
            "posix-rename@openssh.com" => {
                let (from, to) = two_strings(&data).ok_or_else(malformed)?;
                let (from, to) = (self.path(&from), self.path(&to));
                blocking(move || fs::rename(from, to)).await?;
            }
            "hardlink@openssh.com" => {
                let (from, to) = two_strings(&data).ok_or_else(malformed)?;
                let (from, to) = (self.path(&from), self.path(&to));
                blocking(move || fs::hard_link(from, to)).await?;
            }
            "fsync@openssh.com" => {
                let (handle, _) = string(&data).ok_or_else(malformed)?;
                let file = self.file(&handle)?;
                blocking(move || file.sync_all()).await?;
            }
            _ => return Err(StatusCode::OpUnsupported.into()),
        }
        Ok(Packet::Status(done(id)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_extension_with_a_wrong_length_is_malformed() {
        assert_eq!(
            two_strings(b"\0\0\0\x01a\0\0\0\x02bc"),
            Some(("a".to_owned(), "bc".to_owned()))
        );
        assert_eq!(two_strings(b"\0\0\0\x01a\0\0\0\x03bc"), None);
        assert_eq!(two_strings(b"\xff\xff\xff\xffa"), None);
    }
}
